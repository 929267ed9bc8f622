# helper-stopped.sh - the helper is stopped, its pipe full: nothing else is slowed; it goes on later.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need kcat
topic_now T 30
mount_up
helper=$(helper_of M)
kill -STOP "$helper"
frozen=("$helper")	# thawed at the end, whatever happens
py "$M/$T" "$T" "$helper" <<'END'
import signal, sys
from cases import *

folder, topic, helper = sys.argv[1:]
files = range(30)
fds = [os.open("%s/%d" % (folder, n), os.O_RDONLY) for n in files]
for fd in fds:
    same(b"", read_all(fd))
watches = [Watch("%s/%d" % (folder, n)) for n in files]
# more than the pipe holds
for n in files:
    produce(topic, n, "one")
for fd in fds:
    until(lambda: within(1, read_all, fd) == b"one\n", 5)
same([], [e for w in watches for e in w.events(0)], "events without a helper")
os.kill(int(helper), signal.SIGCONT)
for w in watches:
    w.wait()
END
kill -STOP "$helper"
put mine "$M/$T/0"
echo yours | kproduce "$T" 0
kill -TERM "${daemon[M]}"
daemon_ends M 2
gone "$helper"
frozen=()
