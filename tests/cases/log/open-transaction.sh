# open-transaction.sh - a reader ends where an open transaction begins, at once; later it shows what follows.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka transactions
topic T 1
mount_up
mount_up -v ALL -o "isolation=read_uncommitted,group=$GROUP-2"
txn_up
seq -f 'before %.0f' 1 10 | kproduce "$T" 0
txn begin
txn produce "$T" 0 1 20 inside
put behind "$M/$T/0"
exec 3<"$M/$T/0"
within 1000 cat <&3 >got
same "$(seq -f 'before %.0f' 1 10)" "$(<got)"
wait_for '[[ $(committed "$T" 0) == 10 ]]' 3
same '' "$(within 1000 cat <&3)"
same "$(seq -f 'before %.0f' 1 10; seq -f 'inside %.0f' 1 20; echo behind)" \
	"$(within 1000 cat "$ALL/$T/0")"
same 31 "$(committed "$T" 0 "$GROUP-2")"
same 10 "$(committed "$T" 0)"
txn commit
: >got
# the open session goes on
wait_for 'cat <&3 >>got; (($(wc -l <got) >= 21))' 5
same "$(seq -f 'inside %.0f' 1 20; echo behind)" "$(<got)"
exec 3<&-
(($(committed "$T" 0) >= 31)) || fail "committed $(committed "$T" 0)"
txn begin
txn produce "$T" 0 1 5 again
bg tail -n +1 -f "$M/$T/0" >followed
put end "$M/$T/0"
never '[[ -s followed ]]' 1
txn abort
wait_for '[[ $(<followed) == end ]]' 5
wait_for '[[ $(committed "$T" 0) == 39 ]]' 5
kill "$BG"
