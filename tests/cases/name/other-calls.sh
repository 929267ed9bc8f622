# other-calls.sh - calls that make no sense on a log have the errno for that.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
need fallocate
put 0123456789 "$M/$T/0"
fails 'Operation not permitted' fallocate -l 10 "$M/$T/0"
py "$M/$T/0" <<'E'
import fcntl
import mmap
from cases import *
path = sys.argv[1]
fd = os.open(path, os.O_RDWR)
fails("ENOTTY", fcntl.ioctl, fd, 0x1234)
fails("ENODATA", os.getxattr, path, "user.unknown")
until(lambda: os.fstat(fd).st_size == 11, 5)
fails("ENODEV", mmap.mmap, fd, 11, mmap.MAP_SHARED)
E
same 0123456789 "$(kconsume "$T" 0)"
