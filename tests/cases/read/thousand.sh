# thousand.sh - a thousand followers share threads, descriptors and memory, and each hears its own.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_python
topic T 1000
mount_up -o timeout=20	# to make them
before=$(awk '/^VmRSS/ { print $2 }' "/proc/${daemon[M]}/status")
py "$M/$T" "${daemon[M]}" "$before" <<'E2'
from cases import *
import resource
folder, pid, before = sys.argv[1], sys.argv[2], int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))

def field(name):
    return int(next(l for l in open("/proc/%s/status" % pid) if l.startswith(name)).split()[1])

# every second one as tail -f does, at the end; the others wait there
files = [os.open("%s/%d%s" % (folder, p, "@latest.." if p % 2 else ""), os.O_RDONLY)
         for p in range(1000)]
for p in range(0, 1000, 2):
    os.lseek(files[p], 0, os.SEEK_END)
    same(b"", os.read(files[p], 100))
poll = select.epoll()
for p in range(1, 1000, 2):
    poll.register(files[p], select.EPOLLIN)
for p in 1, 2, 501, 502, 998, 999:
    produce(os.path.basename(folder), p, "for %d" % p)
    if p % 2:
        same([(files[p], select.EPOLLIN)], poll.poll(10 * SLOW))
    got = []
    until(lambda: got.append(os.read(files[p], 100)) or got[-1], 10)
    same(b"for %d\n" % p, got[-1])
check(field("Threads") < 100, "%d threads" % field("Threads"))
check(len(os.listdir("/proc/%s/fd" % pid)) < 200, "descriptors")
if SLOW == 1:  # a sanitizer takes memory of its own
    check(field("VmRSS") - before < 128 * 1024, "%d KiB more" % (field("VmRSS") - before))
E2
