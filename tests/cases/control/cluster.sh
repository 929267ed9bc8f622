# cluster.sh - brokers, topics, partitions and their attributes are what Kafka's own tools say.
# SPDX-License-Identifier: MIT
. "$LIB/kafka_tools.sh"

tools_up
topic T 3
fresh U
mount_up
C=$M/.brokerfs
echo "$U:1:$(tr -dc , <<<"$BROKERS," | wc -c)" >"$C/create" # on each broker one
seq 7 | kproduce "$T" 0
seq 3 | kproduce "$T" 2
printf '{"partitions":[{"topic":"%s","partition":0,"offset":4}],"version":1}' "$T" >expire.json
kt delete-records --offset-json-file expire.json

kt broker-api-versions
sed -nE 's/^([^ :]+):([0-9]+) \(id: ([0-9]+) rack: ([^ )]+).*/\3 \1 \2 \4/p' tool.out |
	sed 's/ null$/ -/' | sort >want
[[ -s want ]] || fail "no brokers: $(<tool.out)"
same "$(<want)" "$(rows "$C/brokers" | grep -v bootstrap)"
same "$(tr , '\n' <<<"$BROKERS" | sed 's/\(.*\):\(.*\)/bootstrap \1 \2 -/')" \
	"$(rows "$C/brokers" | grep bootstrap)"

# Partitions and replicas from one tool, messages from the ends that another shows.
kt get-offsets --topic "$T|$U" --time -2
mv tool.out low
kt get-offsets --topic "$T|$U" --time -1
mv tool.out high
same "$T:0:4 $T:0:7" "$(grep -h "$T:0" low high | xargs)"
kt topics --describe --topic "$T|$U"
awk -F: 'FNR == NR { n[$1] -= $3; next } { n[$1] += $3 } END { for (t in n) print t, n[t] }' low high |
	sort >messages
sed -nE 's/^Topic: ([^\t ]+).*PartitionCount: ([0-9]+).*ReplicationFactor: ([0-9]+).*/\1 \2 \3/p' tool.out |
	sort | join - messages >want
same 2 "$(wc -l <want)" "$(<tool.out)"
same "$(<want)" "$(rows "$C/topics" | grep -E "^($T|$U) ")"

kt_partitions() { # "TOPIC PARTITION LEADER REPLICAS ISR"
	sed -nE 's/^\tTopic: ([^\t ]+)\tPartition: ([0-9]+)\tLeader: ([0-9]+)\tReplicas: ([0-9,]+)\tIsr: ([0-9,]+).*/\1 \2 \3 \4 \5/p' tool.out
}
same 4 "$(kt_partitions | wc -l)"
kt_partitions | while read -r t p leader replicas isr; do
	f=$M/$t/$p
	same "$leader $replicas $isr" "$(attr "$f" leader) $(attr "$f" replicas) $(attr "$f" isr)" "$f"
	same "$t:$p:$(attr "$f" low)" "$(grep "^$t:$p:" low)"
	same "$t:$p:$(attr "$f" high)" "$(grep "^$t:$p:" high)"
done
while read -r t n replicas _; do
	same "$n $replicas" "$(attr "$M/$t" partitions) $(attr "$M/$t" replication)" "$t"
	same "$(seq 0 $((n - 1)))" "$(ls "$M/$t")"
done <want
same 'user.kafka.committed user.kafka.high user.kafka.isr user.kafka.lag user.kafka.leader user.kafka.low user.kafka.replicas' \
	"$(getfattr "$M/$T/0" | grep '^user' | sort | xargs)"
same 'user.kafka.partitions user.kafka.replication' "$(getfattr "$M/$T" | grep '^user' | sort | xargs)"
kt topics --list
same "$(grep -xE "$T|$U" tool.out)" "$(ls "$M" | grep -xE "$T|$U")"
same none "$(committed "$T" 0)"
