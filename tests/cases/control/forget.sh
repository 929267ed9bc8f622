# forget.sh - rmdir deletes a group that has no members, if deleting is allowed.
# SPDX-License-Identifier: MIT
. "$LIB/kafka_tools.sh"

tools_up
topic T 1
mount_up -v KEEPS
mount_up -o allow_delete
seq 3 >"$M/$T/0"
G=g-$T ODD=a%2Fb%20$T
D=$M/.brokerfs/groups
known() { kt consumer-groups --list && grep -qxF "$1" tool.out; }
for g in "$G" "a/b $T"; do
	kt consumer-groups --group "$g" --topic "$T" --reset-offsets --to-offset 2 --execute
	known "$g" || fail "$(<tool.out)"
done
fails 'not permitted' rmdir "$KEEPS/.brokerfs/groups/$G"
kcat -G "$G" -b "$BROKERS" "$T" >/dev/null 2>member.err &
member=$!
wait_for 'grep -q assigned member.err' 20
fails 'busy' rmdir "$D/$G"
attr "$D" error | grep -q "group $G has live members"
kt consumer-groups --group "$G" --delete || :
grep -q 'not empty' tool.out || fail "$(<tool.out)"
known "$G" || fail 'it is gone'
kill "$member"
wait "$member" || :
wait_for 'rmdir "$D/$G" 2>/dev/null' 20
not known "$G"
rmdir "$D/$ODD"
not known "a/b $T"
! ls "$D" | grep -qxF -e "$G" -e "$ODD" || fail 'still listed'
same 2 "$(wc -l <<<"$(ls "$KEEPS/.brokerfs/groups" | grep -xF -e "$GROUP" -e "$GROUP")
")" 'the own group is always listed'
# It can be used again, from the start.
mkdir "$D/$G"
same - "$(cat "$D/$G/$T/0.offset")"
same "$(seq 3)" "$(cat "$D/$G/$T/0")"
known "$G" || fail "$(<tool.out)"
fails 'No such file' rmdir "$D/nobody-$T"
