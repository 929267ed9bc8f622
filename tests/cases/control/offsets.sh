# offsets.sh - a group moved through .offset stands there for Kafka's own tool, and the other way round.
# SPDX-License-Identifier: MIT
. "$LIB/kafka_tools.sh"

tools_up
topic T 3
mount_up
G=g-$T
D=$M/.brokerfs/groups/$G
mkdir "$D"
D=$D/$T
at=$(($(now_ms) / 1000 - 86400))
for i in {0..9}; do
	printf '{"value":"%s","timestamp":%s000}\n' "$i" $((at + i))
done >"$M/$T/0.json"
seq 4 >"$M/$T/1"

places() { # of the group, as the tool has them: "PARTITION:OFFSET ..."
	kt consumer-groups --describe --offsets --group "$G" || fail "$(<tool.out)"
	columns PARTITION CURRENT-OFFSET | tr ' ' : | paste -sd' ' >places
}
moved() { # FILE WORD WANTED
	echo "$2" >"$D/$1"
	places
	same "$3" "$(<places)" "after '$2' to $1"
	same "$(tr ' ' '\n' <places)" "$(rows "$D/.offset" | grep -v -- '-$' | tr ' ' :)" "$1 after '$2'"
}
refused() { # FILE WORD: and nothing moves
	fails 'Invalid argument' put "$2" "$D/$1"
	places
	same "$was" "$(<places)" "after '$2' to $1"
}

moved 0.offset 3 0:3
moved 0.offset latest 0:10
moved 0.offset -4 0:6
moved 0.offset +1 0:7
moved 0.offset earliest 0:0
moved 0.offset 10 0:10
moved 0.offset "$(date -u -d @$((at + 5)) +%FT%TZ)" 0:5
moved 0.offset -1h 0:10
moved 1.offset 4 '0:10 1:4'
moved .offset earliest '0:0 1:0 2:0'
moved .offset latest '0:10 1:4 2:0'
# As the tool's own resets have it.
for how in --to-earliest --to-latest '--shift-by -2' '--to-offset 3' "--to-datetime $(date -u -d @$((at + 5)) +%FT%T.000)"; do
	# shellcheck disable=SC2086
	kt consumer-groups --group "$G" --topic "$T:0" --reset-offsets $how --execute || fail "$(<tool.out)"
	places
	same "$(sed 's/ .*//; s/.*://' places)" "$(cat "$D/0.offset")" "after $how"
done
kt consumer-groups --group "$G" --topic "$T:0" --reset-offsets --to-offset 8 --execute
same '8 9' "$(paste -sd' ' "$D/0")"
places
same '0:10 1:4 2:0' "$(<places)"

# What is wrong for one partition is done for none.
moved 0.offset 2 '0:2 1:4 2:0'
was='0:2 1:4 2:0'
for bad in 11 -3 +9 18446744073709551616 seven committed 2026-02-30 '1 2' +; do
	refused 0.offset "$bad"
	attr "$D/0.offset" error | grep -q "$T" || [[ $bad == '1 2' ]] || fail "$(attr "$D/0.offset" error)"
done
refused .offset +1
same "$T/1: 5 is not between 0 and 4, where the log is" "$(attr "$D/.offset" error)"
grep -q 'is not between' "$M/.brokerfs/log"
fails 'Invalid argument' dd if=<(printf '1\n2\n') of="$D/0.offset" bs=100 conv=notrunc status=none
places
same "$was" "$(<places)"

# Not while it is live, and not under a reader here; who has the file open and has not read starts anew.
kcat -G "$G" -b "$BROKERS" "$T" >/dev/null 2>member.err &
member=$!
wait_for 'grep -q assigned member.err' 20
fails 'busy' put 0 "$D/0.offset"
fails 'busy' put earliest "$D/.offset"
attr "$D/0.offset" error | grep -q "group $G has live members"
kt consumer-groups --group "$G" --topic "$T:0" --reset-offsets --to-offset 0 --execute || :
grep -qi 'is not .*inactive\|only be reset if the group' tool.out || fail "the tool does it: $(<tool.out)"
kill "$member"
wait "$member" || :
wait_for 'put 4 "$D/0.offset" 2>/dev/null' 20
exec 3<"$D/0"
exec 4<"$D/1"
read -r line <&3
same 4 "$line"
fails 'busy' put 0 "$D/0.offset"
fails 'busy' put earliest "$D/.offset"
put 2 "$D/1.offset"
fails 'Stale file handle' cat <&4
same "$(seq 3 4)" "$(cat "$D/1")"
same none "$(committed "$T" 0)"
