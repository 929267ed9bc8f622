# positions.sh - where a write lands does not matter; truncate is refused; touch does nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
f=$M/$T/0
py "$f" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_RDWR)
os.write(fd, b"one\n")
os.pwrite(fd, b"two\n", 123456)
os.pwrite(fd, b"three\n", 0)
os.lseek(fd, 5000, os.SEEK_SET)
os.write(fd, b"four\n")
fails("EPERM", os.ftruncate, fd, 0)
os.utime(sys.argv[1])
os.close(fd)
E
fails 'not permitted' truncate -s 0 "$f"
touch "$f"
touch -d 2020-01-01 "$f"
same "$(printf '%s\n' one two three four)" "$(kconsume "$T" 0)"
