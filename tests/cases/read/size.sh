# size.sh - the size is 0 unopened, exact after the catch-up, grows with arrivals, and never shrinks.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 1000 >wanted
kproduce "$T" 0 <wanted
same 0 "$(stat -c %s "$M/$T/0")"
not test -s "$M/$T/0"
py "$M/$T/0" <<'E'
import subprocess
from cases import *
path = sys.argv[1]
size = os.path.getsize("wanted")
fd = os.open(path, os.O_RDONLY)
same(size, within(0.6, os.fstat, fd).st_size, "size after the catch-up")
same(size, os.stat(path).st_size, "size by name while it is open")
same(True, 0 <= os.fstat(fd).st_blocks * 512 - size < 8192, "blocks that fit")
os.read(fd, 100)
same(size, os.fstat(fd).st_size, "size while reading")
for i in range(3):
    subprocess.run(["kcat", "-P", "-b", os.environ["BROKERS"], "-t", path.split("/")[-2], "-p", "0"],
                   input=b"more\n", check=True)
    size += 5
    until(lambda: os.fstat(fd).st_size == size, 5)
same(size - 100, len(read_all(fd)), "bytes read")
same(size, os.fstat(fd).st_size, "size at the end")
os.close(fd)
E
wait_for '[[ $(stat -c %s "$M/$T/0") == 0 ]]' 2
