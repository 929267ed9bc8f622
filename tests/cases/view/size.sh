# size.sh - the size of a fixed range is exact once it is open; that of others when caught up.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq -f 'line %.0f' 0 999 >all
kproduce "$T" 0 <all
size=$(wc -c <all)
for n in 0@earliest..latest 0@0..1000 0@-1000..latest 0@0..+1000 0@0..5000 0@earliest; do
	same "$size" "$(wc -c <"$M/$T/$n")" "wc of $n"
	same "$size" "$(stat -L -c %s - <"$M/$T/$n")" "stat of $n, open"
	exec 5<"$M/$T/$n"
	same "$size" "$(stat -L -c %s "/proc/$$/fd/5")" "$n by /proc"
	# shellcheck disable=SC2012
	same "$size" "$(ls -lL "/proc/$$/fd/5" | cut -d ' ' -f 5)" "ls of $n"
	exec 5<&-
done
same 0 "$(stat -c %s "$M/$T/0@0..1000")" 'unopened'
same 9 "$(wc -c <"$M/$T/0@999..1000")"
py "$M/$T/0" "$size" <<'E'
from cases import *
size = int(sys.argv[2])
for r in "@0..1000", "@earliest..latest", "@earliest", "@0..+1000":
    fd = os.open(sys.argv[1] + r, os.O_RDONLY)
    same(size, os.fstat(fd).st_size, "fstat of " + r)
    same(size, os.lseek(fd, 0, os.SEEK_END), "SEEK_END of " + r)
    same(b"line 999\n", os.pread(fd, 100, size - 9))
    same(b"", os.pread(fd, 100, size))
    same(size, os.lseek(fd, 0, os.SEEK_HOLE))
    same(7, os.lseek(fd, 7, os.SEEK_DATA))
    os.close(fd)
    with open(sys.argv[1] + r) as f:
        f.seek(0, 2)
        same(size, f.tell())
E
