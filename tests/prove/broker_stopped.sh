#!/bin/sh
# In full; see broker_stopped.py.
exec python3 "${0%.sh}.py" "$@"
