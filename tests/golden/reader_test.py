#!/usr/bin/env python3
"""reader_test.py NAME: what read_store.py says of NAME.db is what NAME.txt holds, and it notices a
file that was changed."""

import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

READER = pathlib.Path(__file__).with_name("read_store.py")


def read(path):
    return subprocess.run([sys.executable, "-B", READER, path], capture_output=True, text=True,
                          check=False)


def main(name):
    files = pathlib.Path(name)
    golden = files.with_suffix(".txt").read_text()
    with tempfile.TemporaryDirectory() as folder:
        for path in files.parent.glob(files.name + ".*"):
            shutil.copy(path, folder)
        copy = pathlib.Path(folder) / (files.name + ".db")
        found = read(copy)
        assert found.returncode == 0, found.stderr
        assert found.stdout == golden, f"read:\n{found.stdout}golden:\n{golden}"
        with sqlite3.connect(copy) as log:
            log.execute("UPDATE events SET tenant = 'other' WHERE position = 8")
        found = read(copy)
        assert found.returncode != 0 and "event at 8" in found.stderr, found.stderr


main(sys.argv[1])
