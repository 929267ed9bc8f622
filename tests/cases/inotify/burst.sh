# burst.sh - a burst is one IN_MODIFY, and a stream of messages no more than ten a second and a last.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need kcat
topic_now T 1
mount_up
mount_up -v N -o group=another
py "$M/$T/0" "$N/$T/0" "$T" <<'END'
import sys
from cases import *

path, elsewhere, topic = sys.argv[1:]
fd = os.open(path, os.O_RDONLY)
same(b"", read_all(fd))
watch = Watch(path)

# one burst, or two: the first of what kcat sends may go alone
produce(topic, 0, *[str(n) for n in range(20)])
watch.wait()
lines = 0


def all_there():
    global lines
    lines += read_all(fd).count(b"\n")
    return lines >= 20


until(all_there, 5)
same(20, lines)
check(watch.count(0.5) <= 1, "more than a touch and its follower for one burst")

# a message every few milliseconds
began = time.monotonic()
events = 0
with open(elsewhere, "ab", buffering=0) as f:
    for n in range(300):
        f.write(b"%d\n" % n)
        events += watch.count(0.005)
events += watch.count(0.5)
took = time.monotonic() - began
check(3 <= events <= took * 10 + 2, "%d events in %.1f s" % (events, took))
same(300, read_all(fd).count(b"\n"))
END
