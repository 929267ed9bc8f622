# stat.sh - with a frozen broker stat and ls answer at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 3
mount_up
seq 1 5 | kproduce "$T" 0
ls -l "$M" "$M/$T" >/dev/null
freeze
for _ in {1..10}; do
	within 500 stat "$M" >/dev/null
	within 500 stat "$M/$T/0" >/dev/null
	within 500 ls "$M" >/dev/null
	within 500 ls -l "$M/$T" >/dev/null
	sleep 0.1
done
same "$(seq 0 2)" "$(ls "$M/$T")"
thaw
wait_for 'cat "$M/$T/0" >got 2>/dev/null' 15
same "$(seq 1 5)" "$(<got)"
