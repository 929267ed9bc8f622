# consumes.sh - a second cat shows nothing, and later ones only what is new.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
same "$(seq 1 5)" "$(cat "$M/$T/0")"
same '' "$(cat "$M/$T/0")" 'the second cat'
seq 6 8 | kproduce "$T" 0
same "$(seq 6 8)" "$(cat "$M/$T/0")"
same '' "$(cat "$M/$T/0" "$M/$T/0")" 'both at once'
