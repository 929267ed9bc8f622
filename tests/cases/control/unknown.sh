# unknown.sh - a group that librdkafka can't describe is unknown, and counts as live while it is.
# SPDX-License-Identifier: MIT
. "$LIB/kafka_tools.sh"

[[ ${KAFKA_VERSION:-} == 4.* ]] || skip 'needs groups of the new protocol: Kafka 4'
tools_up
topic T 2
mount_up -o refresh=1,allow_delete
G=g-$T
D=$M/.brokerfs/groups/$G
seq 3 >"$M/$T/0"
kafka_java org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$BROKERS" --topic "$T" \
	--group "$G" --from-beginning --consumer-property group.protocol=consumer >got 2>consumer.err &
consumer=$!
wait_for '(($(wc -l <got) == 3))' 30
wait_for 'ls "$M/.brokerfs/groups" | grep -qxF "$G"' 10
kt consumer-groups --describe --state --group "$G"
grep -q 'Stable *1' tool.out || fail "$(<tool.out)"
same 'unknown - -' "$(rows "$D/state")"
same unknown "$(cat "$D/members")"
fails busy put 0 "$D/$T/0.offset"
attr "$D/$T/0.offset" error | grep -q "group $G has live members"
fails busy rmdir "$D"
kill "$consumer"
wait "$consumer" || :
wait_for 'put 2 "$D/$T/0.offset" 2>/dev/null' 20
kt consumer-groups --describe --offsets --group "$G"
same '0 2' "$(columns PARTITION CURRENT-OFFSET | grep '^0')"
rmdir "$D"
kt consumer-groups --list
not grep -qxF "$G" tool.out
