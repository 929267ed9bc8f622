# leader-killed-follower.sh - the leader is killed under tail -f: it shows all that comes, once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 3
need_brokers 3
replicated T
mount_up
seq -f 'first %.0f' 1 1000 | kproduce "$T" 0
bg tail -n +1 -f "$M/$T/0" >got
wait_for '(($(wc -l <got) == 1000))' 10
kill_leader "$T" 0
wait_for 'seq -f "second %.0f" 1 1000 | kproduce "$T" 0 -X message.timeout.ms=5000' 30
{ seq -f 'first %.0f' 1 1000; seq -f 'second %.0f' 1 1000; } >wanted
wait_for 'cmp -s wanted got' 30 || { tail got; fail "$(wc -l <got) of 2000 lines"; }
wait_for '[[ $(committed "$T" 0) == 2000 ]]' 15
kill -0 "$BG"
kill "$BG"
