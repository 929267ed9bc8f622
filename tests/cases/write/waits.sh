# waits.sh - a write is good only once the broker has it: a slow broker makes echo slow.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up
put warm "$M/$T/0"
mock rtt 1 700
began=$(now_ms)
put slow "$M/$T/0"
took=$(($(now_ms) - began))
mock rtt 1 0
((took >= 600)) || fail "echo returned after $took ms, before the broker can have answered"
same "$(printf 'warm\nslow')" "$(kconsume "$T" 0)"
