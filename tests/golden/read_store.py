#!/usr/bin/env python3
"""read_store.py FILE: the events of a store's file as text, read by what
docs/reference/formats/store-file.md says and nothing else. Its second output is the proof of the
first: it computes the hash chain from what it has read."""

import hashlib
import pathlib
import sqlite3
import sys
import uuid

COLUMNS = ("position, stream_id, version, type_id, schema, event_id, append_id, event_time, "
           "recorded_at, ingested_at, correlation_id, causation_id, traceparent, tenant, extra, "
           "chain, data_digest, data")


def digest(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(value):
    data = value.encode() if isinstance(value, str) else value or b""
    return number(len(data)) + data


def time(value):
    return value.to_bytes(8, "little", signed=True)


def envelope(row, stream, type_name):
    ingested = row["ingested_at"]
    return b"".join([
        number(row["position"]), text(stream), number(row["version"]), text(type_name),
        number(row["schema"]), row["event_id"], row["append_id"], time(row["event_time"]),
        time(row["recorded_at"]), b"\0" if ingested is None else b"\1" + time(ingested),
        text(row["correlation_id"]), text(row["causation_id"]), text(row["traceparent"]),
        text(row["tenant"]), text(row["extra"])])


def open_file(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database


def rows_of(path, log):
    archived = 0
    for archive in log.execute("SELECT * FROM archives WHERE state = 1 ORDER BY first"):
        cold = open_file(path.parent / archive["file"])
        query = f"SELECT {COLUMNS} FROM events WHERE position BETWEEN ? AND ? ORDER BY position"
        yield from cold.execute(query, (archive["first"], archive["last"]))
        cold.close()
        archived = archive["last"]
    query = f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position"
    yield from log.execute(query, (archived,))


def line(row, stream, type_name, hidden):
    data = "tombstone" if hidden or row["data"] is None else row["data"].hex() or "empty"
    words = [row["position"], stream, row["version"], type_name, row["schema"],
             uuid.UUID(bytes=row["event_id"]), uuid.UUID(bytes=row["append_id"]),
             row["event_time"], row["recorded_at"], row["ingested_at"]]
    words += [row[name] or None
              for name in ("correlation_id", "causation_id", "traceparent", "tenant")]
    words += [(row["extra"] or b"").hex() or None, row["chain"].hex(), data]
    return " ".join("-" if word is None else str(word) for word in words)


def main(path):
    log = open_file(path)
    log.execute("BEGIN")
    if log.execute("PRAGMA application_id").fetchone()[0] != 0x54494445:
        sys.exit(f"{path} is no store")
    streams = dict(log.execute("SELECT id, name FROM streams"))
    types = dict(log.execute("SELECT id, name FROM types"))
    skips = {row[0] for row in log.execute("SELECT position FROM skips")}
    lives = dict(log.execute("SELECT stream_id, truncated_before FROM lives"))
    chain, last = bytes(32), 0
    for row in rows_of(path, log):
        stream, type_name = streams[row["stream_id"]], types[row["type_id"]]
        of_data = row["data_digest"] if row["data"] is None else digest(row["data"])
        chain = digest(chain + digest(envelope(row, stream, type_name)) + of_data)
        if row["position"] != last + 1 or row["chain"] != chain:
            sys.exit(f"the event at {row['position']} is not what was stored")
        last = row["position"]
        hidden = last in skips or row["version"] < lives.get(row["stream_id"], 0)
        print(line(row, stream, type_name, hidden))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
