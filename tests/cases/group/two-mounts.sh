# two-mounts.sh - two mounts in one group: the one that was overtaken gets EBUSY once and moves nothing back.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
mount_up -v OTHER
seq -f 'line %03.0f' 1 200 | kproduce "$T" 0
exec 3<"$M/$T/0"
for i in 1 2 3 4 5; do read -r l <&3; done
same 'line 005' "$l"
wait_for '[[ $(committed "$T" 0) == 4 ]]' 3
same "$(seq -f 'line %03.0f' 5 200)" "$(cat "$OTHER/$T/0")"
same 200 "$(committed "$T" 0)"
for i in {6..100}; do
	read -r l <&3 2>err || break
	same "line $(printf %03d "$i")" "$l"
	sleep 0.05
done
grep -q 'Device or resource busy' err || fail "the reader was not told: read up to $l, $(<err)"
exec 3<&-
same 200 "$(committed "$T" 0)"
put new "$M/$T/0"
same new "$(cat "$M/$T/0")"
