# read-write.sh - one handle may do both.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
exec 3<>"$M/$T/0"
echo hello >&3
echo world >&3
exec 3>&-
same "$(printf 'hello\nworld')" "$(kconsume "$T" 0)"
py "$M/$T/0" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_RDWR)
same(b"hello\nworld\n", read_all(fd))
os.write(fd, b"more\n")
same(b"more\n", os.pread(fd, 100, 12))
os.close(fd)
E
same more "$(cat "$M/$T/0")" # no later read started past it
