# last-close.sh - the claim ends with the last close of a shared or duplicated descriptor, not before.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
exec 3<"$M/$T/0"
read -r l <&3
(exit 0)
bash -c 'read -r l; echo "$l"' <&3 >child
same 2 "$(<child)"
exec 4<&3 3<&-
fails 'Device or resource busy' cat "$M/$T/0"
read -r l <&4
same 3 "$l"
exec 4<&-
within 2000 cat "$M/$T/0" >rest
same "$(seq 3 5)" "$(<rest)"
put 6 "$M/$T/0"
same 6 "$({ cat; cat; } <"$M/$T/0")"
