# large-size.sh - while a session catches up, the size is what is surely there; then exact; it never shrinks.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o window=1M
seq -f 'line %.0f with some padding to make it long enough' 1 50000 >wanted
kproduce "$T" 0 <wanted
py "$M/$T/0" <<'E'
from cases import *
size = os.path.getsize("wanted")
fd = os.open(sys.argv[1], os.O_RDONLY)
seen, got = 0, 0
while True:
    now = os.fstat(fd).st_size
    same(True, seen <= now <= size, "size %d after %d of %d" % (now, seen, size))
    same(True, now == size or now % 4096 == 0, "%d being exact or a multiple of 4096" % now)
    part = os.read(fd, 65536)
    if not part:
        break
    seen, got = now, got + len(part)
same(size, got)
same(size, os.fstat(fd).st_size)
os.close(fd)
E
