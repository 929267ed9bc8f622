# too-long.sh - a line the broker would not take is EMSGSIZE, nothing of it is sent, other lines are.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
py "$M/$T/0" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_WRONLY)
os.write(fd, b"before\n")
fails("EMSGSIZE", lambda: [os.write(fd, b"x" * 400000) for _ in range(10)])
try:
    os.close(fd)
except OSError:
    pass
fd = os.open(sys.argv[1], os.O_WRONLY)
os.write(fd, b"after\n")
os.write(fd, b"y" * 900000 + b"\n")
os.close(fd)
E
head -c 3000000 /dev/zero | tr '\0' x >long
fails 'Message too long' bash -c 'cat long >>"$1"' - "$M/$T/0"
{ echo first; cat long; echo; echo last; } >three
fails 'Message too long' bash -c 'cat three >>"$1"' - "$M/$T/0"
put end "$M/$T/0"
kconsume "$T" 0 >got
not grep -q x got
same 'before after end' "$(grep -xE 'before|after|end' got | paste -sd ' ')"
same 900000 "$(tr -dc y <got | wc -c)"
