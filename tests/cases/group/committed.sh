# committed.sh - after cat the committed offset of the group is the end.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq 1 7 | kproduce "$T" 0
same none "$(committed "$T" 0)"
cat "$M/$T/0" >/dev/null
same 7 "$(committed "$T" 0)"
same none "$(committed "$T" 1)"
put 8 "$M/$T/0"
cat "$M/$T/0" >/dev/null
same 8 "$(committed "$T" 0)"
