# stale.sh - the session ends with its reader: a handle left open reads ESTALE, a new one goes on.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
py "$M/$T/0" <<'E'
from cases import *
path = sys.argv[1]
idle = os.open(path, os.O_RDONLY)
reader = os.open(path, os.O_RDONLY)
same(b"1\n2\n3\n4\n5\n", read_all(reader))
os.close(reader)
fails("ESTALE", os.read, idle, 100)
again = os.open(path, os.O_RDONLY)
same(b"", os.read(again, 100))
os.close(again)
os.close(idle)
E
put 6 "$M/$T/0"
same 6 "$(cat "$M/$T/0")"
