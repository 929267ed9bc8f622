# other-partition.sh - a partition whose broker is gone does not slow one whose broker answers.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 2 faults
topic T 2
mock leader "$T" 0 1
mock leader "$T" 1 2
mount_up -o timeout=5,write_timeout=5
put before "$M/$T/0"
put before "$M/$T/1"
mock down 1
put lost "$M/$T/0" 2>/dev/null &
cat "$M/$T/0" >/dev/null 2>&1 &
for i in {1..10}; do
	within 1500 put "$i" "$M/$T/1"
	sleep 0.1
done
same "$(printf '%s\n' before {1..10})" "$(kconsume "$T" 1)"
