# expired-kafka.sh - the same with Kafka's own delete-records.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'delete-records'
topic T 1
mount_up
seq 1 100 | kproduce "$T" 0
same "$(seq 1 100)" "$(cat "$M/$T/0")"
seq 101 200 | kproduce "$T" 0
echo "{\"partitions\":[{\"topic\":\"$T\",\"partition\":0,\"offset\":150}],\"version\":1}" >records.json
kafka_tool delete-records --offset-json-file "$WORK/records.json"
same "$(seq 151 200)" "$(cat "$M/$T/0")"
grep -iE 'expired|skipped|oldest|truncated|gone' M.log
same '' "$(cat "$M/$T/0")"
