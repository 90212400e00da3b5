#!/bin/sh
# In full; see rebuild.py.
exec python3 "${0%.sh}.py" "$@"
