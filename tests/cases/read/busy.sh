# busy.sh - one reader per partition and group: another one's first read is EBUSY after a second.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq 1 5 | kproduce "$T" 0
seq 1 5 | kproduce "$T" 1
exec 3<"$M/$T/0"
read -r l <&3
same 1 "$l"
within 2000 fails 'Device or resource busy' cat "$M/$T/0"
same "$(seq 1 5)" "$(cat "$M/$T/1")" 'the other partition'
put 6 "$M/$T/0"
read -r l <&3
same 2 "$l"
exec 3<&-
same "$(seq 2 6)" "$(cat "$M/$T/0")"
