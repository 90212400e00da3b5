#!/bin/sh
# In full; see kill.py.
exec python3 "${0%.sh}.py" "$@"
