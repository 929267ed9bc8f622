# next-killed.sh - with ack=next, too, a reader killed midway leaves exactly the unprocessed line.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o ack=next
seq 1 10 | kproduce "$T" 0
not bash -c 'while read -r l; do [[ $l != 5 ]] || kill -KILL $$; done' <"$M/$T/0"
mount_down
same 4 "$(committed "$T" 0)"
mount_up -o ack=next
same "$(seq 5 10)" "$(cat "$M/$T/0")"
