# tail-follow.sh - tail -n +1 -f shows everything and then what arrives.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 1000 >wanted
kproduce "$T" 0 <wanted
bg tail -n +1 -f "$M/$T/0" >got
wait_for 'cmp -s wanted got' 5
seq 1001 1005 | kproduce "$T" 0
seq 1 1005 >wanted
wait_for 'cmp -s wanted got' 5
put own "$M/$T/0"
wait_for 'grep -qx own got' 5
kill "$BG"
