# open-transaction.sh - an open transaction holds back what stands behind it, at once; then all is there, in order.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'transactions'
topic T 1
mount_up
mount_up -v ALL -o "isolation=read_uncommitted,group=$GROUP-2"
put before "$M/$T/0"
mkfifo feed
kcat -P -b "$BROKERS" -t "$T" -p 0 -X "transactional.id=$T" <feed >/dev/null 2>&1 &
maker=$!
exec 4>feed
# kcat reads its input in large pieces: this is some of them, and part of one that waits for more
seq -f 'inside %.0f' 1 50000 >&4
wait_for '(($(kconsume "$T" 0 -X isolation.level=read_uncommitted | wc -l) > 1000))' 15
put behind "$M/$T/0"
within 1000 cat "$M/$T/0" >got
same before "$(<got)"
same '' "$(within 1000 cat "$M/$T/0")"
within 1000 cat "$ALL/$T/0" >got
same before "$(head -n 1 got)"
grep -qx 'inside 1000' got
grep -qx behind got
exec 4>&-
wait "$maker"
kconsume "$T" 0 >wanted
same 50002 "$(wc -l <wanted)"
echo before >got
wait_for 'cat "$M/$T/0" >>got; (($(wc -l <got) >= 50002))' 10
same_file wanted got
