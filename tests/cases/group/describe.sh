# describe.sh - Kafka's own tool shows the offset that cat committed.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka consumer-groups
topic T 1
mount_up
seq 1 7 | kproduce "$T" 0
cat "$M/$T/0" >/dev/null
put 8 "$M/$T/0"
kafka_tool consumer-groups --describe --group "$GROUP"
same '7 8 1' "$(awk -v t="$T" '$2 == t && $3 == 0 { print $4, $5, $6 }' tool.out)"
