# never.sh - with ack=never reading commits nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o ack=never
seq 1 5 | kproduce "$T" 0
same "$(seq 1 5)" "$(cat "$M/$T/0")"
same "$(seq 1 5)" "$(cat "$M/$T/0")" 'the second cat'
mount_down
same none "$(committed "$T" 0)"
