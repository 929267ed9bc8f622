# random-access.sh - byte N is byte N for as long as the session lasts.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 1 20000 >wanted
kproduce "$T" 0 <wanted
py "$M/$T/0" <<'E'
import random
from cases import *
want = open("wanted", "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
got = b""  # a read may give less while the feed is still bringing more
while len(got) < 1000:
    got += os.read(fd, 1000 - len(got))
same(want[:1000], got)
rng = random.Random(1)
for i in range(300):
    at, n = rng.randrange(len(want)), rng.randrange(1, 5000)
    got = os.pread(fd, n, at)
    same(True, len(got) > 0 and want[at:at + len(got)] == got, "bytes at %d" % at)
same(want[1000:], read_all(fd))
for i in range(300):
    at, n = rng.randrange(len(want)), rng.randrange(1, 5000)
    same(want[at:at + n], os.pread(fd, n, at), "bytes at %d" % at)
E
