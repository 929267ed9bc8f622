# eof.sh - the end is answered at once, without waiting out a long poll.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

# the mock would make a long poll visible
FETCH_WAIT=(-X fetch.wait.max.ms=3000)
topic T 1
mount_up
put one "$M/$T/0"
cat "$M/$T/0" >/dev/null
for _ in 1 2 3; do within 1000 cat "$M/$T/0"; done
py "$M/$T/0" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_RDONLY)
for _ in range(50):
    same(b"", within(0.5, os.read, fd, 100))
E
