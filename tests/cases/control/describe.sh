# describe.sh - groups, where they stand, their state and members are what consumer-groups says.
# SPDX-License-Identifier: MIT
. "$LIB/kafka_tools.sh"

tools_up
topic T 3
topic U 1
mount_up -o refresh=1
C=$M/.brokerfs
G=g-$T ODD="a/b %$T" LIVE=live-$T
seq 9 | kproduce "$T" 0
seq 5 | kproduce "$T" 1
seq 2 | kproduce "$U" 0
head -n 2 "$M/$T/0" >/dev/null
same 5 "$(wc -l <"$M/$T/1")"
kt consumer-groups --group "$G" --topic "$T" --topic "$U" --reset-offsets --to-offset 1 --execute
kt consumer-groups --group "$ODD" --topic "$U" --reset-offsets --to-latest --execute

# Where they stand.
kt consumer-groups --describe --offsets --group "$GROUP" --group "$G" --group "$ODD"
of_group() { # GROUP: what the tool shows of it, as our table has it
	grep -F "$1 " tool.out | sed "s|^$1 ||" | awk '{ print $1, $2, $3, $4, $5 }' | sort
}
same 4 "$(of_group "$G" | wc -l)" "$(<tool.out)"
same "$(of_group "$GROUP")" "$(rows "$C/lag")"
same "$(of_group "$GROUP")" "$(rows "$C/groups/$GROUP/lag")"
same "$(of_group "$G")" "$(rows "$C/groups/$G/lag")"
enc=a%2Fb%20%25$T
same "$(of_group "$ODD")" "$(rows "$C/groups/$enc/lag")"
of_group "$G" | while read -r t p at end lag; do
	f=$C/groups/$G/$t/$p
	same "$at" "$(cat "$f.offset")"
	same "$at $end $lag" "$(attr "$f" committed) $(attr "$f" high) $(attr "$f" lag)" "$f"
done
same "$(of_group "$G" | awk -v t="$T" '$1 == t { print $2, $3 }')" "$(rows "$C/groups/$G/$T/.offset")"
same '- -' "$(attr "$M/$T/2" committed) $(attr "$M/$T/2" lag)"
same - "$(cat "$C/groups/$GROUP/$T/2.offset")"
same "$(of_group "$GROUP" | awk '$2 == 1 { print $3, $5 }')" \
	"$(attr "$M/$T/1" committed) $(attr "$M/$T/1" lag)"

# Those without members, one with two.
for id in one two; do
	kcat -G "$LIVE" -b "$BROKERS" -X client.id=$id "$T" >/dev/null 2>$id.err &
done
wait_for '(($(awk -v t="$T" "index(\$0, t \":\")" "$C/groups/$LIVE/members" | wc -l) == 2))' 30
kt consumer-groups --list
wait_for '[[ -d "$C/groups/$enc" && -d "$C/groups/$LIVE" ]] && ls "$C/groups" | grep -qxF "$LIVE"' 10
for g in "$GROUP" "$G" "$LIVE"; do
	has "$(<tool.out)" "$g"
	has "$(ls "$C/groups")" "$g"
done
has "$(<tool.out)" "$ODD"
has "$(ls "$C/groups")" "$enc"
kt consumer-groups --describe --state --group "$G" --group "$LIVE"
states() { awk -v g="$1" '$1 == g { print $(NF - 1), $NF }' tool.out; } # GROUP
same 'Empty 0' "$(states "$G")"
same "$(states "$G")" "$(rows "$C/groups/$G/state" | awk '{ print $1, $3 }')"
same "$(awk -v g="$LIVE" '$1 == g { print $5, $4, $6 }' tool.out)" "$(rows "$C/groups/$LIVE/state")"
same 'Stable range 2' "$(rows "$C/groups/$LIVE/state")"
kt consumer-groups --describe --members --verbose --group "$LIVE"
columns CONSUMER-ID CLIENT-ID HOST ASSIGNMENT >want
[[ -s want ]] || columns CONSUMER-ID CLIENT-ID HOST CURRENT-ASSIGNMENT >want
same 2 "$(wc -l <want)" "$(<tool.out)"
sed -E 's/ ([^ ]+)\(([0-9,]+)\)$/ \1:\2/' want >members
same "$(<members)" "$(rows "$C/groups/$LIVE/members" | awk '{ print $1, $3, $4, $5 }')"
same '' "$(rows "$C/groups/$G/members")"
