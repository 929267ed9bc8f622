# groups.sh - another group has an offset of its own.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
mount_up -v OTHER -o "group=$GROUP-2"
seq 1 5 | kproduce "$T" 0
same "$(seq 1 5)" "$(cat "$M/$T/0")"
same "$(seq 1 5)" "$(cat "$OTHER/$T/0")"
put 6 "$OTHER/$T/0"
same 6 "$(cat "$M/$T/0")"
same 6 "$(committed "$T" 0)"
same 5 "$(committed "$T" 0 "$GROUP-2")"
