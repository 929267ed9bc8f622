# compression.sh - compression and batching by -X reach the log, and so do the lines.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'its tool says how large a partition is'
topic T 3
mount_up -v PLAIN
mount_up -v SMALL -X compression.type=lz4
mount_up -v MANY -X batch.num.messages=10
seq -f 'line %020.0f' 20000 >lines
cp lines "$PLAIN/$T/0"
cp lines "$SMALL/$T/1"
cp lines "$MANY/$T/2"
for p in 0 1 2; do
	kconsume "$T" "$p" >got
	same_file lines got
done
kafka_tool log-dirs --describe --topic-list "$T"
size() { # PARTITION
	grep -o "\"partition\":\"$T-$1\",\"size\":[0-9]*" tool.out | grep -o '[0-9]*$'
}
echo "$(size 0) $(size 1) $(size 2)"
# a record takes some 7 bytes beside its value, a batch 61
bytes=$(($(wc -c <lines) + 20000 * 6))
(($(size 0) > bytes && $(size 0) < bytes * 12 / 10)) || fail "$(size 0) plain"
(($(size 1) < bytes / 3)) || fail "$(size 1) compressed"
(($(size 2) > bytes + 1900 * 61)) || fail "$(size 2) in small batches"
