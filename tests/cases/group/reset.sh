# reset.sh - an offset reset by Kafka's own tool is noticed: EBUSY once; a reopen begins there.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka consumer-groups
topic T 1
mount_up
seq -f 'line %03.0f' 1 200 | kproduce "$T" 0
exec 3<"$M/$T/0"
for i in 1 2 3 4 5; do read -r l <&3; done
wait_for '[[ $(committed "$T" 0) == 4 ]]' 3
kafka_tool consumer-groups --group "$GROUP" --topic "$T:0" --reset-offsets --to-offset 150 --execute
same 150 "$(committed "$T" 0)"
for i in {6..100}; do
	read -r l <&3 2>err || break
	same "line $(printf %03d "$i")" "$l"
	sleep 0.05
done
grep -q 'Device or resource busy' err || fail "the reader was not told: read up to $l, $(<err)"
exec 3<&-
same 150 "$(committed "$T" 0)"
same "$(seq -f 'line %03.0f' 151 200)" "$(cat "$M/$T/0")"
