# next.sh - with ack=next an idle tail -f acknowledges nothing of its last read.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o ack=next
seq 1 5 | kproduce "$T" 0
bg tail -n +1 -f "$M/$T/0" >got
wait_for 'cmp -s <(seq 1 5) got' 5
put 6 "$M/$T/0"
wait_for 'cmp -s <(seq 1 6) got' 5
wait_for '[[ $(committed "$T" 0) == 5 ]]' 3
never '[[ $(committed "$T" 0) != 5 ]]' 4
kill -KILL "$BG"
wait_for 'gone $BG' 2
same 6 "$(cat "$M/$T/0")"
