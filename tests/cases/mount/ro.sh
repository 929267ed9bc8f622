# ro.sh - a read-only mount refuses writes, shows messages, and commits nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
mount_down
mount_up -o ro
fails 'Read-only file system' put x "$M/$T/0"
same "$(seq 1 5)" "$(cat "$M/$T/0")"
same "$(seq 1 5)" "$(cat "$M/$T/0")" 'the second cat'
mount_down
same none "$(committed "$T" 0)"
same 5 "$(end_of "$T" 0)" 'end of the log'
