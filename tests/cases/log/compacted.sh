# compacted.sh - offsets with gaps of compaction: bytes, size, seeks and the committed offset are right.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka compaction
topic T 1
mount_up
settings=cleanup.policy=compact,segment.ms=100,min.cleanable.dirty.ratio=0.01
settings+=,min.compaction.lag.ms=0,max.compaction.lag.ms=100
kafka_tool configs --alter --entity-type topics --entity-name "$T" --add-config "$settings"
# a new segment begins with the next record, and only old ones are compacted
for i in {1..60}; do
	for k in {1..20}; do echo "k$k:$i-$k"; done | kproduce "$T" 0 -K:
	kconsume "$T" 0 -f '%o\n' >offsets
	(($(wc -l <offsets) == i * 20)) || break
	sleep 0.2
done
# no more of it from here on
kafka_tool configs --alter --entity-type topics --entity-name "$T" --add-config cleanup.policy=delete
wait_for 'kconsume "$T" 0 >wanted; sleep 1; kconsume "$T" 0 | cmp - wanted' 20
(($(wc -l <wanted) < i * 20)) || fail 'there are no gaps'
py "$M/$T/0" <<'E'
from cases import *
want = open("wanted", "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
same(len(want), os.lseek(fd, 0, os.SEEK_END))
same(want[-40:], os.pread(fd, 1000, len(want) - 40))
same(want[10:20], os.pread(fd, 10, 10))
os.lseek(fd, 0, os.SEEK_SET)
same(want, read_all(fd))
os.close(fd)
E
same "$((i * 20))" "$(committed "$T" 0)"
put last "$M/$T/0"
same last "$(cat "$M/$T/0")"
same "$((i * 20 + 1))" "$(committed "$T" 0)"
