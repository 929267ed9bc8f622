# grown.sh - a partition added is listed, can be read from its beginning, and has its own offset.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'adds partitions'
topic T 1
mount_up -o refresh=1
seq 1 5 | kproduce "$T" 0
exec 3<"$M/$T/0"
read -r l <&3
kafka_tool topics --alter --topic "$T" --partitions 2
wait_for '[[ $(ls "$M/$T") == $(seq 0 1) ]]' 5
wait_for 'seq 11 15 | kproduce "$T" 1' 10
same "$(seq 11 15)" "$(cat "$M/$T/1")"
same 5 "$(committed "$T" 1)"
same "$(seq 2 5)" "$(cat <&3)" 'the reader of the other'
exec 3<&-
same 5 "$(committed "$T" 0)"
