# queued.sh - ten echos to a dead partition end together within one write_timeout, all of them failing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up -o write_timeout=2
put before "$M/$T/0"
mock down 1
pids=()
began=$(now_ms)
for i in {1..10}; do
	bash -c 'echo "$1" >>"$2"' - "$i" "$M/$T/0" 2>>err &
	pids+=($!)
done
for p in "${pids[@]}"; do not wait "$p"; done
took=$(($(now_ms) - began))
((took <= 3500 * SLOW)) || fail "they took $took ms"
same 10 "$(grep -c 'Connection timed out' err)" 'messages'
