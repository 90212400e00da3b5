"""Reads the read models as an outside reader does: through models.db, which says what is live."""

import sqlite3
from contextlib import contextmanager
from pathlib import Path

from .event_log import open_read_only

NO_FILE = "unable to open"


class ReadModels:
    def __init__(self, folder):
        self._folder = Path(folder)

    def states(self, projection):
        """State by the number of the generation; nothing before the application made models.db."""
        return {number: state for number, state, _ in self._generations(projection)}

    def live_file(self, projection):
        """The file of the live generation; None when there is none."""
        for _, state, file in self._generations(projection):
            if state == "live":
                return self._folder / file
        return None

    def files(self, projection):
        """Number, state and file of each generation that is not retired."""
        return [
            (number, state, self._folder / file)
            for number, state, file in self._generations(projection)
            if state != "retired"
        ]

    @contextmanager
    def open_live(self, projection):
        """A connection to what is live at this moment. A model that is given up meanwhile may be
        removed before it is opened: then the answer of models.db was old, and is asked for again.
        """
        while True:
            file = self.live_file(projection)
            try:
                connection = open_read_only(file)
                connection.execute("SELECT 1 FROM model_state")
                break
            except sqlite3.OperationalError as error:
                if NO_FILE not in str(error) or self.live_file(projection) == file:
                    raise
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, projection):
        """All rows of the live model as dictionaries by column, in the order of the key."""
        return self._table(projection, f'SELECT * FROM "{projection}"')

    def closed_windows(self, projection):
        """What was closed, in order, without the positions at which it was noticed."""
        return self._table(
            projection,
            "SELECT hex(key) AS key, revision, window_start, window_end, hex(row) AS row,"
            " hex(previous) AS previous, late FROM closed_windows ORDER BY seq",
        )

    def parked(self, projection):
        return self._table(projection, "SELECT stream, type, reason FROM feed_parked")

    def checkpoint(self, projection):
        rows = self._table(projection, "SELECT position FROM feed_checkpoint")
        return rows[0]["position"] if rows else 0

    def sagas(self):
        """Where the list of sagas says that each instance stands."""
        connection = open_read_only(self._folder / "sagas.v1.db")
        try:
            return connection.execute(
                "SELECT saga, instance, state, status, open_commands, pending_inputs, timers, code"
                " FROM instances ORDER BY saga, instance"
            ).fetchall()
        finally:
            connection.close()

    def _table(self, projection, sql):
        with self.open_live(projection) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql)]

    def _generations(self, projection):
        file = self._folder / "models.db"
        if not file.exists():
            return []
        connection = open_read_only(file)
        try:
            return connection.execute(
                "SELECT number, state, file FROM generations WHERE projection = ? ORDER BY number",
                (projection,),
            ).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            connection.close()
