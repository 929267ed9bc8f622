# beyond-window.sh - bytes that have left the window are found again.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o window=1M
seq -f 'line %08.0f with some padding to make it long enough' 1 60000 >wanted
kproduce "$T" 0 <wanted
py "$M/$T/0" <<'E'
import random
from cases import *
want = open("wanted", "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
same(want, read_all(fd))
rng = random.Random(2)
for at in [0, 1, 4095, 100000] + [rng.randrange(len(want)) for _ in range(20)]:
    got = os.pread(fd, 3000, at)
    same(True, len(got) > 0 and want[at:at + len(got)] == got, "bytes at %d" % at)
os.lseek(fd, 0, os.SEEK_SET)
same(want, read_all(fd))
E
same '' "$(cat "$M/$T/0")"
