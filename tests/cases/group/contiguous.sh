# contiguous.sh - records that no read returned are never passed by the committed offset.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %04.0f' 1 1000 | kproduce "$T" 0
py "$M/$T/0" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_RDONLY)
same(b"line 0001\nline 0002\n", os.read(fd, 20))
same(b"line 0101\n", os.pread(fd, 10, 1000))
same(b"", os.pread(fd, 10, 10000))
os.close(fd)
E
same 2 "$(committed "$T" 0)"
same 'line 0003' "$(head -n 1 "$M/$T/0")"
