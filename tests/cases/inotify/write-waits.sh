# write-waits.sh - while a write on the file waits, its touch is held back, and others' are not.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_mock "a broker that takes a message and is slow to say so"
own_broker
topic T 2
mount_up -o write_timeout=20
helper=$(helper_of M)
mount_up -v N -o group=another
# both producers are connected before the broker becomes slow
put before "$M/$T/0"
put before "$N/$T/1"
mock slow Produce 4000
py "$M/$T" "$N/$T/1" "$helper" <<'END'
import sys, threading
from cases import *

folder, elsewhere, helper = sys.argv[1:]
paths = [folder + "/0", folder + "/1"]
fds = [os.open(p, os.O_RDONLY) for p in paths]
same(b"before\n", read_all(fds[0]))
same(b"before\n", read_all(fds[1]))
watches = [Watch(p) for p in paths]
answered = []


def write():
    with open(paths[0], "ab", buffering=0) as f:
        f.write(b"slow\n")
    answered.append(time.monotonic())


began = time.monotonic()
writer = threading.Thread(target=write)
writer.start()
until(lambda: read_all(fds[0]) == b"slow\n", 5)	# it has arrived, and the write still waits
same([], answered, "the write's answer")
with open(elsewhere, "ab", buffering=0) as f:
    f.write(b"other\n")
watches[1].wait(1)
same([], watches[0].events(0.2), "events while the write waits")
with open("/proc/%s/stat" % helper) as f:
    same("S", f.read().rsplit(")", 1)[1].split()[0], "the helper's state")
same([], answered, "the write's answer")
writer.join()
watches[0].wait(1)
check(answered[0] - began > 3.9, "the write waited for %.3f s only" % (answered[0] - began))
END
