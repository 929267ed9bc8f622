# outside.sh - what lies outside the log is not there, what is back to front is empty; at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq 0 99 | kproduce "$T" 0
for r in 100 5000 5000..6000 9223372036854775807 100..+10 50..50 50..40 -3..-5 latest..earliest \
	latest..0 50..+0 -1..committed; do
	within 2000 cat "$M/$T/0@$r" >got
	same 0 "$(wc -c <got)" "bytes of 0@$r"
	same 0 "$(wc -c <"$M/$T/0@$r")" "size of 0@$r"
done
for r in 98..5000 98..latest 98..+50 98..9223372036854775807; do
	same '98 99' "$(xargs <"$M/$T/0@$r")" "0@$r"
done
for r in 0 earliest latest -5 -5..-3 0..10 earliest..latest committed 7..+3; do	# an empty partition
	same '' "$(within 2000 cat "$M/$T/1@$r")" "1@$r"
done
# a view that is at the end, or beyond it, grows
exec 5<"$M/$T/1@0"
same '' "$(cat <&5)"
put first "$M/$T/1"
wait_for '[[ $(cat <&5) == first ]]' 5
exec 5<&-
