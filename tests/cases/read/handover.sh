# handover.sh - a second reader gets its turn as soon as the first one closes.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
py "$M/$T/0" <<'E'
import threading
from cases import *
path = sys.argv[1]
a = os.open(path, os.O_RDONLY)
same(b"1\n", read_lines(a, 1))
b = os.open(path, os.O_RDONLY)
fails("EBUSY", os.read, b, 100)
threading.Timer(0.4, os.close, [a]).start()
c = os.open(path, os.O_RDONLY)
got = b""
try:
    got = read_all(c)
except OSError as e:
    # its session ended with its reader; one opened from now on is of the next
    same(errno.ESTALE, e.errno)
os.close(c)
d = os.open(path, os.O_RDONLY)
same(b"1\n2\n3\n4\n5\n", got + read_all(d))
E
