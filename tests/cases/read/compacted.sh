# compacted.sh - offsets with gaps of compaction are no trouble.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'compaction'
topic T 1
mount_up
kafka_tool configs --alter --entity-type topics --entity-name "$T" --add-config \
	cleanup.policy=compact,segment.ms=100,min.cleanable.dirty.ratio=0.01,min.compaction.lag.ms=0,max.compaction.lag.ms=100
for i in {1..6}; do
	for k in {1..20}; do echo "k$k:v$i-$k"; done | kproduce "$T" 0 -K:
	sleep 0.3	# the next one opens a new segment, and only old ones are compacted
done
wait_for '(($(kconsume "$T" 0 | wc -l) < 100))' 30
kconsume "$T" 0 >wanted
cat "$M/$T/0" >got
# the cleaner may run once more in between
grep -vxFf got wanted && fail 'lines are missing'
same 'v6-20' "$(tail -n 1 got)"
