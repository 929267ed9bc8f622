# window.sh - a view larger than the window reads whole, forth and back, and from its end.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o window=256K,memory=1M
seq -f '%099.0f' 0 29999 >all
kproduce "$T" 0 <all
for r in earliest 0..30000 -30000..latest earliest..latest; do
	cat "$M/$T/0@$r" >got
	same_file all got || fail "$r"
	same_file <(tail -n 7 all) <(tail -n 7 "$M/$T/0@$r")
	dd if="$M/$T/0@$r" bs=100 skip=20000 count=5 status=none >got
	same_file <(sed -n 20001,20005p all) got
done
tac "$M/$T/0@0..30000" >got
same_file <(tac all) got
py "$M/$T/0@0..30000" all <<'E'
from cases import *
import random
wanted = open(sys.argv[2], "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
random.seed(int(os.environ.get("SEED", "1")))
for i in range(60):
    at, n = random.randrange(len(wanted)), random.choice((1, 100, 5000, 70000))
    got = b""
    while len(got) < min(n, len(wanted) - at):
        part = os.pread(fd, n - len(got), at + len(got))
        if not part:
            break
        got += part
    same(wanted[at:at + n], got, "%d bytes at %d" % (n, at))
E
same none "$(committed "$T" 0)"
