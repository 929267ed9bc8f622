# gaps.sh - offsets with gaps (transaction markers) are no trouble.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'transactions'
topic T 1
mount_up
for i in 1 2 3; do
	seq -f "$i-%.0f" 1 5 | kproduce "$T" 0 -X "transactional.id=$T"
done
put own "$M/$T/0"
kconsume "$T" 0 -f '%o\n' >offsets
(($(tail -n 1 offsets) > 15)) || fail "there are no gaps: $(<offsets)"
kconsume "$T" 0 >wanted
same 16 "$(wc -l <wanted)"
py "$M/$T/0" <<'E'
from cases import *
want = open("wanted", "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
same(len(want), within(0.6, os.fstat, fd).st_size)
same(want, read_all(fd))
same(want[7:50], os.pread(fd, 43, 7))
E
same '' "$(within 1000 cat "$M/$T/0")"
put last "$M/$T/0"
same last "$(cat "$M/$T/0")"
