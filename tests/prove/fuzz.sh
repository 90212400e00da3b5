#!/bin/sh
# Ten minutes of each fuzz target; see tests/fuzz/fuzz.py.
exec python3 tests/fuzz/fuzz.py --seconds 600 --findings "$@" store texts
