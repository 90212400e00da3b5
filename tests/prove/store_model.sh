#!/bin/sh
# In full; see store_model.cpp.
exec "${DEV_BUILD:-build/release}/tests/prove/prove_store_model" "$@"
