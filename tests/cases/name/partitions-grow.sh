# partitions-grow.sh - partitions added by Kafka's own tool appear.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'adds partitions'
topic T 1
mount_up -o refresh=1
same 0 "$(ls "$M/$T")"
kafka_tool topics --alter --topic "$T" --partitions 3
wait_for '[[ -e $M/$T/2 ]]' 3
same "$(seq 0 2)" "$(ls "$M/$T")"
put hello "$M/$T/2"
same hello "$(cat "$M/$T/2")"
