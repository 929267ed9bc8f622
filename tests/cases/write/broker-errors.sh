# broker-errors.sh - what the broker refuses is told to the writer, with the fitting errno; the next line works.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up -o write_timeout=5
f=$M/$T/0
put start "$f"
for e in '10 Message too long' '44 Invalid argument' '87 Invalid argument' '31 Permission denied' \
	'29 Permission denied'; do
	mock err Produce "${e%% *}" 1
	within 6000 fails "${e#* }" put "refused-${e%% *}" "$f"
	wait_for 'put "after-${e%% *}" "$f" 2>/dev/null' 10
done
same "$(printf '%s\n' start after-{10,44,87,31,29})" "$(kconsume "$T" 0)"
