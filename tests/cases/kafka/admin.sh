# admin.sh - topics, groups and settings are changed as Kafka's own tools show it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka topics, consumer-groups, configs

like() { # PATTERN GOT
	# shellcheck disable=SC2053
	[[ $2 == $1 ]] || fail "wanted '$1', got '$2'"
}

# The answers to commands, one a line, in the file answers.
ask() { printf '%s\n' "$@" | "$BUILD/tests/admin" "$BROKERS" >answers; }

fresh T
fresh U
G=g-$T
ask "create $T 3 1" "create $T" "create $U 1 77" "grow $T 5" "grow $T 2" \
	"set $T retention.ms 60000" "set $T cleanup.policy compact" "set $T retention.bytes 12345" \
	"unset $T cleanup.policy" "set $T retention.ms soon" "set $T no.such.setting 1" \
	"reset $G $T 0 0 $T 4 0" "reset $G $T 9 0" "offsets $G" "group $G" "group nobody-$G"
same 0 "$(sed -n 1p answers)"
like "EEXIST: topic $T: Topic '$T' already exists." "$(sed -n 2p answers)"
like "EINVAL: topic $U: *replication*" "$(sed -n 3p answers | tr R r)"
same 0 "$(sed -n 4p answers)"
like "EINVAL: topic $T: *5 partition*" "$(sed -n 5p answers)"
same '0 0 0 0' "$(sed -n 6,9p answers | paste -sd' ')"
like "EINVAL: topic $T: *Invalid value soon for configuration retention.ms*" "$(sed -n 10p answers)"
like "EINVAL: topic $T: *no.such.setting*" "$(sed -n 11p answers)"
same 0 "$(sed -n 12p answers)"
like "ENOENT: group $G, $T/9: *" "$(sed -n 13p answers)"
same "0 $T 0 0 $T 4 0" "$(sed -n 14p answers) $(sed -n 15,16p answers | sort | paste -sd' ')"
same 'state Empty assignor -' "$(sed -n 18p answers)"
same 'state Dead assignor -' "$(sed -n 20p answers)"

# What was set is set, what was not named stayed, what was unset is gone.
kafka_tool topics --describe --topic "$T"
same 5 "$(grep -c 'Partition: ' tool.out)"
kafka_tool configs --describe --entity-type topics --entity-name "$T"
same 'retention.bytes=12345 retention.ms=60000' "$(sed -n 's/^ *\([a-z.]*=[^ ]*\) .*/\1/p' tool.out |
	sort | paste -sd' ')"
ask "settings $T"
same 'retention.bytes=12345 own retention.ms=60000 own' "$(grep ' own$' answers | sort | paste -sd' ')"
kafka_tool consumer-groups --describe --group "$G" --offsets
same "0 0 4 0" "$(awk -v t="$T" '$2 == t { print $3, $4 }' tool.out | sort | paste -sd' ')"

# A value that the brokers write otherwise was set, too.
ask "set $T retention.ms 0070000" "set $T preallocate TRUE" "set $T min.cleanable.dirty.ratio 0.250" \
	"settings $T"
same '0 0 0' "$(sed -n 1,3p answers | paste -sd' ')"
same 'min.cleanable.dirty.ratio=0.25 own preallocate=true own retention.bytes=12345 own retention.ms=70000 own' \
	"$(grep ' own$' answers | sort | paste -sd' ')"

# A live group, with its member's partitions; then it ends.
kcat -b "$BROKERS" -G "$G" -X session.timeout.ms=6000 "$T" >/dev/null 2>&1 &
member=$!
wait_for "printf 'group $G\n' | '$BUILD/tests/admin' '$BROKERS' | grep -q '$T/4'" 20
ask "group $G" "reset $G $T 0 0" "forget $G" groups
like 'state Stable assignor *' "$(sed -n 2p answers)"
like "*rdkafka /127.0.0.1 $T/0 $T/1 $T/2 $T/3 $T/4" "$(sed -n 3p answers)"
like "EBUSY: the group $G has live members*" "$(sed -n 4p answers)"
like "EBUSY: the group $G has live members*" "$(sed -n 5p answers)"
grep -qx "$G" answers || fail "$G is not among the groups"
kill "$member"
wait "$member" || :
wait_for "printf 'forget $G\n' | '$BUILD/tests/admin' '$BROKERS' | grep -qx 0" 20
ask "forget $G" groups "delete $T" "delete $T" "settings $T" topics
like "ENOENT: group $G: *" "$(sed -n 1p answers)"
! grep -qx "$G" answers || fail "$G is still among the groups"
kafka_tool topics --list
! grep -qx "$T" tool.out || fail "$T is still there"
! grep -q "^$T " answers || fail "$T is still listed"
same 2 "$(grep -c "^ENOENT: topic $T: Broker: Unknown topic or partition" answers)"
