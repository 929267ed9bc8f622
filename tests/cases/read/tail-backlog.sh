# tail-backlog.sh - tail -f on a backlog larger than the window starts at once, at its end, and consumes nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o window=1M
seq -f 'line %08.0f with some padding to make it long enough' 1 60000 >wanted
kproduce "$T" 0 <wanted
bg tail -f "$M/$T/0" >got
tail -n 10 wanted >last
wait_for 'cmp -s last got' 5
echo arrival | tee -a last | kproduce "$T" 0
wait_for 'cmp -s last got' 5
kill "$BG"
wait_for 'gone $BG' 2
grep -q 'without acknowledging' M.log
same none "$(committed "$T" 0)"
cat "$M/$T/0" >got
echo arrival >>wanted
same_file wanted got
