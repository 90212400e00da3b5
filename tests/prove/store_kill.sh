#!/bin/sh
# In full; see store_kill.cpp.
exec "${DEV_BUILD:-build/release}/tests/prove/prove_store_kill" "$@"
