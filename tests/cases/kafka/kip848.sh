# kip848.sh - a group that librdkafka can't describe is of unknown state, and counts as live.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka a group of the new protocol
[[ ${KAFKA_VERSION:-} == 4.* ]] || skip "needs Kafka 4"

ask() { printf '%s\n' "$@" | "$BUILD/tests/admin" "$BROKERS" >answers; }

fresh T
G=g-$T
ask "create $T 2 1"
same 0 "$(cat answers)"
cluster tool console-consumer --bootstrap-server "$BROKERS" --topic "$T" --group "$G" \
	--consumer-property group.protocol=consumer --timeout-ms 5000 >consumer.out 2>&1 &
consumer=$!
# While it lives its offsets can't be reset; before it has joined they can.
wait_for "printf 'reset $G $T 0 0\n' | '$BUILD/tests/admin' '$BROKERS' |
	grep -q '^EBUSY: the group $G has live members'" 20
ask "group $G" groups "forget $G"
same 'state unknown assignor -' "$(sed -n 2p answers)"
grep -qx "$G" answers || fail "$G is not among the groups"
grep -q "^EBUSY: the group $G has live members" answers || fail 'a live group was deleted'
wait "$consumer" || : # nothing came, it says
wait_for "printf 'reset $G $T 0 0\n' | '$BUILD/tests/admin' '$BROKERS' | grep -qx 0" 20
ask "forget $G" "delete $T"
same '0 0' "$(paste -sd' ' answers)"
