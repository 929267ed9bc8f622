# latest.sh - start=latest begins at the end, and skips nothing between two commands.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o start=latest
seq 1 5 | kproduce "$T" 0
same '' "$(cat "$M/$T/0")"
seq 6 7 | kproduce "$T" 0
same "$(seq 6 7)" "$(cat "$M/$T/0")"
mount_down
seq 8 9 | kproduce "$T" 0
mount_up -o start=latest
same "$(seq 8 9)" "$(cat "$M/$T/0")"
