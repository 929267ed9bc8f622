# head.sh - head -1 and grep -m1 leave what they did not get past to the next reader.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq 1 5 | kproduce "$T" 0
same 1 "$(head -n 1 "$M/$T/0")"
same "$(seq 1 5)" "$(cat "$M/$T/0")" 'after head'
seq 1 5 | kproduce "$T" 1
same 2 "$(grep -m 1 2 "$M/$T/1")"
same "$(seq 1 5)" "$(cat "$M/$T/1")" 'after grep'
