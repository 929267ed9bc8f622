# aborted.sh - records of aborted transactions are not shown, and passed; read_uncommitted shows them.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka transactions
topic T 1
mount_up
mount_up -v ALL -o "isolation=read_uncommitted,group=$GROUP-2"
txn_up
put before "$M/$T/0"
txn begin
txn produce "$T" 0 1 300 lost
txn abort
txn begin
txn produce "$T" 0 1 200 kept
txn commit
txn begin
txn produce "$T" 0 301 500 lost
txn abort
{ echo before; seq -f 'kept %.0f' 1 200; } >wanted
py "$M/$T/0" <<'E'
from cases import *
want = open("wanted", "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
same(len(want), os.lseek(fd, 0, os.SEEK_END))
os.lseek(fd, 0, os.SEEK_SET)
same(want, read_all(fd))
same(want[100:150], os.pread(fd, 50, 100))
os.close(fd)
E
# the last record shown is offset 501: one before, 300 lost, their marker, 200 kept
(($(committed "$T" 0) >= 502)) || fail "committed $(committed "$T" 0)"
same '' "$(within 1000 cat "$M/$T/0")"
{ echo before; seq -f 'lost %.0f' 1 300; seq -f 'kept %.0f' 1 200; seq -f 'lost %.0f' 301 500; } >wanted
cat "$ALL/$T/0" >got
same_file wanted got
(($(committed "$T" 0 "$GROUP-2") >= 703)) || fail "committed $(committed "$T" 0 "$GROUP-2")"
put after "$M/$T/0"
same after "$(cat "$M/$T/0")"
same after "$(cat "$ALL/$T/0")"
same 705 "$(committed "$T" 0)"
same 705 "$(committed "$T" 0 "$GROUP-2")"
