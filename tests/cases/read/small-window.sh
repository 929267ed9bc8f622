# small-window.sh - records larger than the window come whole, and byte N stays byte N.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o window=64K,memory=1M
for i in 1 2 3 4; do
	head -c 300000 /dev/urandom | base64 -w 0 >r
	kproduce "$T" 0 r
	{ cat r; echo; } >>wanted
	seq 1 1000 | tee -a wanted | kproduce "$T" 0
done
py "$M/$T/0" <<'E'
from cases import *
want = open("wanted", "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
same(want, read_all(fd))
for at in (0, 399990, 1000000, 5):
    got = os.pread(fd, 100, at)  # which may end where the window does
    same(True, len(got) > 0 and want[at:at + len(got)] == got, "bytes at %d" % at)
os.close(fd)
E
same '' "$(cat "$M/$T/0")"
