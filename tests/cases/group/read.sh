# read.sh - with ack=read what was read is acknowledged at once, while the reader still has the file.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o ack=read
seq 1 5 | kproduce "$T" 0
exec 3<"$M/$T/0"
same "$(printf '1\n2')" "$(dd bs=4 count=1 <&3 2>/dev/null)"
wait_for '[[ $(committed "$T" 0) == 2 ]]' 3
exec 3<&-
same "$(seq 3 5)" "$(cat "$M/$T/0")"
