# frozen-first-read.sh - a first read of what was fetched before the brokers froze is answered soon.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 2
mount_up -o timeout=4
seq 1 5 | kproduce "$T" 0
seq 1 5 | kproduce "$T" 1
exec 3<"$M/$T/0" 4<"$M/$T/1"
freeze
# whether the group has members is not known: a bounded wait, and then none for others
within 1500 read -r l <&3
same 1 "$l"
within 500 read -r l <&4
same 1 "$l"
thaw
same "$(seq 2 5)" "$(cat <&3)"
same "$(seq 2 5)" "$(cat <&4)"
exec 3<&- 4<&-
wait_for '[[ $(committed "$T" 0) == 5 ]]' 5
same 5 "$(committed "$T" 1)"
