"""Reads a store's file (docs/reference/formats/store-file.md) while the application writes it."""

import sqlite3
import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One stored event. Times are microseconds since the epoch; what is not there is None."""

    position: int
    stream: str
    category: str
    version: int
    type: str
    event_id: uuid.UUID
    append_id: uuid.UUID
    event_time: int
    recorded_at: int
    ingested_at: int | None
    correlation_id: str | None
    causation_id: str | None
    data: bytes

    @property
    def key(self):
        return self.stream.partition("-")[2]


EVENTS = """
SELECT e.position, s.name, c.name, e.version, t.name, e.event_id, e.append_id, e.event_time,
       e.recorded_at, e.ingested_at, e.correlation_id, e.causation_id, e.data
FROM events e JOIN streams s ON s.id = e.stream_id JOIN categories c ON c.id = e.category_id
     JOIN types t ON t.id = e.type_id
WHERE e.position > ? ORDER BY e.position
"""


def open_read_only(file):
    """A connection of its own that cannot change anything."""
    connection = sqlite3.connect(
        f"file:{file}?mode=ro", uri=True, timeout=30, isolation_level=None
    )
    connection.execute("PRAGMA query_only=1")
    return connection


class EventLog:
    """Each call reads with a connection of its own, so that none keeps the WAL from shrinking."""

    def __init__(self, file):
        self.file = file

    def high_water(self):
        """The last position; 0 when there is none, or no file yet."""
        return self._number("SELECT coalesce(max(position), 0) FROM events") or 0

    def exists(self):
        return self._number("SELECT count(*) FROM meta") is not None

    def store_id(self):
        return uuid.UUID(bytes=self._all("SELECT value FROM meta WHERE name = 'store_id'")[0][0])

    def property(self, name):
        """None when there is none, or no file yet."""
        value = self._number("SELECT max(value) FROM properties WHERE name = ?", name)
        return None if value is None else bytes(value)

    def is_writable(self):
        """Whether nobody has the write lock at this moment; takes it and lets it go."""
        connection = sqlite3.connect(self.file, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            return False
        finally:
            connection.close()

    def events(self, after=0):
        """All events behind a position, in order."""
        connection = open_read_only(self.file)
        try:
            for row in connection.execute(EVENTS, (after,)):
                position, stream, category, version, kind, event_id, append_id, *rest = row
                ids = uuid.UUID(bytes=event_id), uuid.UUID(bytes=append_id)
                *times_and_texts, data = rest
                yield Event(
                    position, stream, category, version, kind, *ids, *times_and_texts, data
                )
        finally:
            connection.close()

    def count(self, category, after, upto):
        """How many events of a category lie behind one position and not behind another."""
        return self._number(
            "SELECT count(*) FROM events WHERE position > ? AND position <= ? AND category_id ="
            " (SELECT id FROM categories WHERE name = ?)",
            after,
            upto,
            category,
        )

    def last_of(self, category):
        """The position of the newest event of a category; 0 when there is none."""
        return self._number(
            "SELECT coalesce(max(position), 0) FROM events WHERE category_id ="
            " (SELECT id FROM categories WHERE name = ?)",
            category,
        )

    def to_publish_behind(self, position):
        """How many events behind a position belong on a topic."""
        return self._number(
            "SELECT count(*) FROM events e JOIN categories c ON c.id = e.category_id WHERE"
            " e.position > ? AND c.name NOT LIKE 'saga.%' AND c.name NOT LIKE '$%'",
            position,
        )

    def _number(self, sql, *arguments):
        """The first column of the first row; None when the file is not there, or not ready."""
        try:
            return self._all(sql, *arguments)[0][0]
        except sqlite3.OperationalError as error:
            if "unable to open" in str(error) or "no such table" in str(error):
                return None
            raise

    def _all(self, sql, *arguments):
        connection = open_read_only(self.file)
        try:
            return connection.execute(sql, arguments).fetchall()
        finally:
            connection.close()
