# once.sh - an error is reported exactly once, on the handle it belongs to.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 2
mount_up
exec 7>"$MOCK_CTL"
py "$M/$T/0" "$MOCK_CTL" <<'E'
from cases import *
path, control = sys.argv[1:]
fd = os.open(path, os.O_WRONLY)
other = os.open(path, os.O_WRONLY)
os.write(fd, b"good\n")
os.write(other, b"good too\n")
replies = len(open(control + ".out").readlines())
with open(control, "w") as c:
    c.write("err Produce 87 1\n")
until(lambda: len(open(control + ".out").readlines()) > replies, 5)
same(4, os.write(fd, b"bad\n"), "a pipelined write")
fails("EINVAL", os.fsync, fd)
os.fsync(fd)
os.fsync(other)
os.write(fd, b"good again\n")
os.close(os.dup(fd))
os.close(fd)
os.close(other)
E
exec 7>&-
same "$(printf '%s\n' good 'good too' 'good again')" "$(kconsume "$T" 0)"
