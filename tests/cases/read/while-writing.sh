# while-writing.sh - a follower gets every line of a writer that is busy meanwhile.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
bg tail -n +1 -s 0.1 -f "$M/$T/0" >got
seq 1 60000 >wanted
split -n l/20 wanted part.
for p in part.*; do cat "$p" >>"$M/$T/0"; done
wait_for 'cmp -s wanted got' 20
