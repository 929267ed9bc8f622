# static.sh - with member_id= members have ids of their own, and closing keeps the place in the group.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'the mock broker has no group to share'
topic T 2
mount_up -o "member_id=me-$$"
put 1 "$M/$T/0"
exec 3<"$M/$T/any"
read -r l <&3
same 1 "$l"
members() { kafka_tool consumer-groups --describe --members --verbose --group "$GROUP"; cat tool.out; }
[[ $(members) == *"me-$$-0"* ]] || fail "$(members)"
exec 3<&-
[[ $(members) == *"me-$$-0"* ]] || fail "it left: $(members)"
put 2 "$M/$T/0"
put 3 "$M/$T/0"
exec 3<"$M/$T/any"
read -r l <&3
read -r k <&3
[[ "$l $k" == '1 2' || "$l $k" == '2 3' ]] || fail "$l $k"
exec 3<&-
