#!/bin/sh
# In full; see two_instances.py.
exec python3 "${0%.sh}.py" "$@"
