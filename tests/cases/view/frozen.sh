# frozen.sh - with a frozen broker, opening a view fails within the timeout; looking is not delayed.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 1
mount_up -o timeout=1
seq 1 5 | kproduce "$T" 0
same "$(seq 1 5)" "$(cat "$M/$T/0@0")"
freeze
for n in 0@0 0@0..3 0@-2 0@committed 0@-1h 0.json@latest..; do
	within 500 ls -l "$M/$T/$n" >/dev/null
	within 500 stat "$M/$T/$n" >/dev/null
	within 2000 fails 'Connection timed out' cat "$M/$T/$n"
	within 500 ls "$M/$T" >/dev/null
done
pids=()
for n in 0@0 0@0..3 0@earliest..; do	# together, not one behind the other
	cat "$M/$T/$n" 2>/dev/null & pids+=($!)
done
within 2500 wait "${pids[@]}" || :
within 500 ls -l "$M/$T" >/dev/null
thaw
wait_for '[[ $(cat "$M/$T/0@0..3" 2>/dev/null | xargs) == "1 2 3" ]]' 15
