# head-of-many.sh - head of a long file, then cat: nothing is lost, and cat goes on where head stopped at the latest.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 20000 | kproduce "$T" 0
same "$(seq 1 5000)" "$(head -n 5000 "$M/$T/0")"
cat "$M/$T/0" >rest
first=$(head -n 1 rest)
((first <= 5001)) || fail "lines 5001 to $((first - 1)) are lost"
((first > 1000)) || fail "head acknowledged nothing"
seq "$first" 20000 >wanted
same_file wanted rest
