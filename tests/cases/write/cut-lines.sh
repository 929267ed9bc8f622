# cut-lines.sh - a line cut over several writes is one message.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
py "$M/$T/0" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
for part in (b"ab", b"c\nd", b"", b"e", b"f\n\n", b"x\ny\nz"):
    same(len(part), os.write(fd, part))
same(4, os.writev(fd, [b"1", b"2", b"\n", b"3"]))
os.close(fd)
E
same "$(printf '%s\n' abc def '' x y z12 3)" "$(kconsume "$T" 0)"
