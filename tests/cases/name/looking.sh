# looking.sh - ls, stat, find, du, tests and an open without a read move no offset and consume nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
f=$M/$T/0
seq 1 5 | kproduce "$T" 0
ls -laR "$M/$T" >/dev/null
find "$M/$T" -type f -newer "$M" >/dev/null
du -s "$M/$T" >/dev/null
stat -f "$f" >/dev/null
df "$M" >/dev/null
[[ -e $f && -f $f && -r $f ]]
for _ in 1 2 3; do : <"$f"; done
py "$f" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_RDONLY)
until(lambda: os.fstat(fd).st_size == 10, 2)
os.lseek(fd, 0, os.SEEK_END)
os.close(fd)
E
same none "$(committed "$T" 0)"
same "$(seq 1 5)" "$(cat "$f")"
same 5 "$(committed "$T" 0)"
