# seek.sh - SEEK_END is the exact size, SEEK_DATA stays, SEEK_HOLE is the size.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 1000 >wanted
kproduce "$T" 0 <wanted
py "$M/$T/0" <<'E'
from cases import *
want = open("wanted", "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
same(len(want), os.lseek(fd, 0, os.SEEK_END))
same(len(want) - 10, os.lseek(fd, -10, os.SEEK_END))
same(want[-10:], read_all(fd))
same(5, os.lseek(fd, 5, os.SEEK_DATA))
same(len(want), os.lseek(fd, 5, os.SEEK_HOLE))
same(0, os.lseek(fd, 0, os.SEEK_SET))
same(want, read_all(fd))
same(b"", os.pread(fd, 10, len(want)), "at the end")
same(b"", os.pread(fd, 10, len(want) + 1000), "past the end")
E
