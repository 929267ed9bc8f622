# arrival.sh - what arrives from elsewhere on an open file is an IN_MODIFY; the backlog is none.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need kcat
topic_now T 2
seq 1 500 | kproduce "$T" 0
mount_up
py "$M" "$T" <<'END'
import sys
from cases import *

top, topic = sys.argv[1:]
path = "%s/%s/0" % (top, topic)
fd = os.open(path, os.O_RDONLY)
watch = Watch(path)
backlog = read_all(fd)
same(500, backlog.count(b"\n"), "lines of the backlog")
same([], watch.events(0.5), "events for the backlog")

before = os.stat(fd).st_mtime
produce(topic, 0, "one")
watch.wait()
same(b"one\n", read_all(fd))
same([], watch.events(0.5), "more events for one message")
# the mtime is ours, not what was set: that of the arrival
after = os.stat(fd).st_mtime
check(before <= after <= time.time(), "mtime %r after %r" % (after, before))

# a file that nobody has open has nothing to say
other = "%s/%s/1" % (top, topic)
os.stat(other)
watch = Watch(other)
produce(topic, 1, "two")
same([], watch.events(0.5), "events of a file that is not open")
END
