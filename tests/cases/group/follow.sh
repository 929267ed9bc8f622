# follow.sh - an idle tail -f acknowledges what it showed in about two seconds.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
bg tail -n +1 -f "$M/$T/0" >got
wait_for 'cmp -s <(seq 1 5) got' 5
wait_for '[[ $(committed "$T" 0) == 5 ]]' 4
put 6 "$M/$T/0"
wait_for '[[ $(committed "$T" 0) == 6 ]]' 5
kill -KILL "$BG"
wait_for 'gone $BG' 2
same '' "$(cat "$M/$T/0")"
