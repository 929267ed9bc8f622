# fsync.sh - fsync, O_SYNC and sync(1) return when the broker has every line written.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
py "$M/$T/0" <<'E'
import subprocess
from cases import *
path, topic = sys.argv[1], sys.argv[1].split("/")[-2]

def messages():
    return subprocess.check_output(["kcat", "-C", "-q", "-e", "-o", "beginning", "-b", os.environ["BROKERS"],
                                    "-t", topic, "-p", "0"]).split()

fd = os.open(path, os.O_WRONLY)
for i in range(500):
    os.write(fd, b"%d\n" % i)
os.fsync(fd)
same(500, len(messages()), "messages after fsync")
os.fdatasync(fd)
sync = os.open(path, os.O_WRONLY | os.O_SYNC)
for i in range(500, 505):
    os.write(sync, b"%d\n" % i)
    same(b"%d" % i, messages()[-1], "last message after an O_SYNC write")
os.write(fd, b"last\n")
os.close(fd)
os.close(sync)
same(506, len(messages()), "messages after close")
E
sync "$M/$T/0"
dd if=/dev/zero bs=100 count=1 2>/dev/null | tr '\0' x | dd of="$M/$T/0" oflag=sync conv=notrunc 2>/dev/null
same 507 "$(end_of "$T" 0)"
