# member-joins.sh - a member that joins while a reader reads is noticed: EBUSY.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'group membership'
topic T 1
topic U 1
mount_up
seq -f 'line %03.0f' 1 200 | kproduce "$T" 0
exec 3<"$M/$T/0"
for i in 1 2 3 4 5; do read -r l <&3; done
wait_for '[[ $(committed "$T" 0) == 4 ]]' 3
kcat -G "$GROUP" -b "$BROKERS" "$U" >member 2>member.err &
wait_for 'grep -q assigned member.err' 20
for i in {6..100}; do
	read -r l <&3 2>err || break
	sleep 0.05
done
grep -q 'Device or resource busy' err || fail "the reader was not told: read up to $l, $(<err)"
same 4 "$(committed "$T" 0)"
