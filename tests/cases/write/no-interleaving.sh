# no-interleaving.sh - two writers that cut their lines anywhere never get into each other's lines.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
py "$M/$T/0" <<'E'
import random
from cases import *

def writer(me):
    rng = random.Random(me)
    text = "".join("%s%05d %s\n" % (me, i, me * rng.randrange(80)) for i in range(2000)).encode()
    fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
    while text:
        n = os.write(fd, text[:rng.randrange(1, 300)])
        text = text[n:]
    os.close(fd)

pids = []
for me in "abc":
    pid = os.fork()
    if not pid:
        writer(me)
        os._exit(0)
    pids.append(pid)
for pid in pids:
    same(0, os.waitpid(pid, 0)[1], "a writer's status")
E
kconsume "$T" 0 >got
same 6000 "$(wc -l <got)"
for me in a b c; do
	same "$(seq -f "${me}%05.0f" 0 1999)" "$(grep "^$me" got | cut -d ' ' -f 1)"
	not grep -qE "^${me}[0-9]{5} .*[^$me]" got
done
