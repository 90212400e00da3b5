"""Reads a read model as an outside reader does: models.db says which build is live."""

import sqlite3
from pathlib import Path


def open_live(data, projection):
    models = open_read_only(Path(data) / "models.db")
    (file,) = models.execute(
        "SELECT file FROM generations WHERE projection = ? AND state = 'live'", (projection,)
    ).fetchone()
    models.close()
    return open_read_only(Path(data) / file)


def open_read_only(file):
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def rows_of(data, projection):
    connection = open_live(data, projection)
    try:
        yield from connection.execute(f'SELECT * FROM "{projection}"')
    finally:
        connection.close()
