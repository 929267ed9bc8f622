# remount.sh - another mount of the same group goes on where the last one stopped.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
same "$(seq 1 5)" "$(cat "$M/$T/0")"
mount_down
seq 6 8 | kproduce "$T" 0
mount_up
same "$(seq 6 8)" "$(cat "$M/$T/0")"
