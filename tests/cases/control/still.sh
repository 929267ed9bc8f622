# still.sh - what a control file shows is of when it was opened; names that are taken; single commands.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
for t in lag members state .brokerfs plain; do mock topic "$t" 1 1; done
mount_up -o refresh=1
C=$M/.brokerfs
same '.brokerfs lag members plain state' "$(ls -A "$M" | paste -sd" ")"
wait_for 'ls "$M" >/dev/null; grep -q "the name is taken by the control tree" "$C/log"' 5
D=$C/groups/$GROUP
for f in lag members state; do
	[[ -f $D/$f ]] || fail "$f is a topic's"
	[[ -d $M/$f ]] || fail "$f is no topic"
done
seq 5 >"$M/plain/0"
O=$D/plain/0.offset
echo 2 >"$O"
exec 3<"$O" 4<"$D/plain/.offset" 5<"$C/topics"
size=$(stat -Lc %s /proc/self/fd/4)
echo earliest >"$O"
seq 5000 >>"$M/plain/0"
same 0 "$(cat "$O")"
same 2 "$(cat <&3)" 'what was opened before'
cat <&4 >shown
same "$size" "$(wc -c <shown)"
same "$size" "$(stat -Lc %s /proc/self/fd/4)"
same '0 2' "$(awk 'NR > 1 { $1 = $1; print }' shown)"
same 'plain 1 1 5' "$(awk '$1 == "plain" { $1 = $1; print }' <&5)"
same 'plain 1 1 5005' "$(awk '$1 == "plain" { $1 = $1; print }' "$C/topics")"
exec 3<&- 4<&- 5<&-
# One write, one command; what is wrong is said in the log, and by the file.
printf '' >"$O"
printf ' 3 ' >"$O"
same 3 "$(cat "$O")"
fails 'Invalid argument' dd if=<(printf '1\n2\n') of="$O" bs=100 conv=notrunc status=none
fails 'Invalid argument' dd if=<(head -c 600 /dev/zero | tr '\0' 1) of="$O" bs=1000 iflag=fullblock conv=notrunc status=none
same 3 "$(cat "$O")"
fails 'Invalid argument' put seven "$O"
why=$(getfattr --only-values --absolute-names -n user.kafka.error "$O")
[[ $why == *seven* ]] || fail "$why"
grep -qF "$why" "$C/log"
# The last state, with its age, when nobody answers; the first answer is waited for, others less.
cat "$C/topics" >/dev/null
freeze
within 7000 cat "$C/topics" >old
grep -q '^# [0-9]* s old: ' old || fail "$(<old)"
same 'plain 1 1 5005' "$(awk '$1 == "plain" { $1 = $1; print }' old)"
within 1500 fails "timed out" cat "$D/state"
within 1500 grep -q '^# ' "$C/topics"
thaw
wait_for '! grep -q "^# " "$C/topics"' 10
