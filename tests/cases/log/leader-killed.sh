# leader-killed.sh - the leader is killed under a reader: it goes on with the next one, byte for byte.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 3
need_brokers 3
replicated T
mount_up
# a producer that has its id: the brokers may need long to give out one after the death
put 'first 1' "$M/$T/0"
seq -f 'first %.0f' 2 1000 | kproduce "$T" 0
exec 3<"$M/$T/0"
for i in {1..5}; do read -r l <&3; done
same 'first 5' "$l"
kill_leader "$T" 0
wait_for 'seq -f "second %.0f" 1 1000 | kproduce "$T" 0 -X message.timeout.ms=5000' 30
: >got
wait_for 'cat <&3 >>got; (($(wc -l <got) >= 1995))' 30
{ seq -f 'first %.0f' 6 1000; seq -f 'second %.0f' 1 1000; } >wanted
same_file wanted got
exec 3<&-
wait_for '[[ $(committed "$T" 0) == 2000 ]]' 15
wait_for 'put third "$M/$T/0"' 20
same third "$(cat "$M/$T/0")"
same 2001 "$(committed "$T" 0)"
