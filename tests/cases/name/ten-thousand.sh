# ten-thousand.sh - 10,000 topics are listed from memory: quickly, and with the broker frozen.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
# the mock makes what a consumer asks for, all at once; its own command takes 0.2 s for each
kcat -b "$BROKERS" -G "$GROUP-maker" many-{1..10000} >/dev/null 2>&1 &
maker=$!
wait_for '(($(kcat -L -b "$BROKERS" | grep -c "topic \"many-") == 10000))' 30
kill -KILL "$maker"
mount_up
within 2000 ls "$M" >out
same 10000 "$(sort -u out | wc -l)"
same "$(seq 0 3)" "$(ls "$M/many-777")"
put hello "$M/many-777/0"
same hello "$(cat "$M/many-777/0")"
within 10000 ls -l "$M" >/dev/null
freeze
within 1000 ls "$M" >out
same 10000 "$(sort -u out | wc -l)"
within 500 stat "$M/many-4711/0" >/dev/null
