# nonblocking.sh - O_NONBLOCK loses and doubles nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
py "$M/$T/0" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
data = b"".join(b"%d\n" % i for i in range(50000))
limit = time.monotonic() + 30 * SLOW
while data:
    try:
        data = data[os.write(fd, data[:9999]):]
    except BlockingIOError:
        same(True, time.monotonic() < limit, "in time")
        time.sleep(0.001)
os.close(fd)
E
kconsume "$T" 0 >got
seq 0 49999 >wanted
same_file wanted got
