#!/bin/sh
# In full; see power_loss.cpp.
exec "${DEV_BUILD:-build/release}/tests/prove/prove_power_loss" "$@"
