# max-open.sh - more open files than max_open are refused with a fitting errno; closing one lets the next in.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o max_open=4
seq 1 5 | kproduce "$T" 0
py "$M/$T/0" <<'E'
from cases import *
path = sys.argv[1]
fds = [os.open(path, os.O_WRONLY) for _ in range(4)]
try:
    os.open(path, os.O_WRONLY)
    sys.exit("FAIL: a fifth one was opened")
except OSError as e:
    same(True, e.errno in (errno.EMFILE, errno.ENFILE), "errno %d being EMFILE or ENFILE" % e.errno)
os.listdir(os.path.dirname(path))
os.close(fds.pop())

def opens():
    try:
        fds.append(os.open(path, os.O_RDONLY))
        return True
    except OSError:
        return False

until(opens, 2)
same(b"1\n2\n3\n4\n5\n", read_all(fds[-1]))
E
