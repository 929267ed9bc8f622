# holes.sh - what a sparse file's holes stand for is not lost without a word.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
f=$M/$T/0
truncate -s 1M sparse
printf 'x\ny\n' >>sparse
fails 'Invalid argument' cp sparse "$f"
same '' "$(kconsume "$T" 0)"
truncate -s 100K raw
printf end >>raw
fails 'Invalid argument' cp raw "$f.raw"
cat raw >"$f.raw"
cat "$f.raw@-1" | cmp - raw
cp --sparse=never raw "$f.raw"
cat "$f.raw@-1" | cmp - raw
py "$f" <<'P'
from cases import *
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_TRUNC)
os.write(fd, b"a\n")
fails("EINVAL", os.pwrite, fd, b"b\n", 3)
os.write(fd, b"c\n")
os.close(fd)
P
same "$(printf 'a\nc\n')" "$(tail -n 2 "$f@-2")"
