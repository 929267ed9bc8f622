# read.sh - any is a member of the group: all partitions, acknowledged by reading on, waiting at the end.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
for i in {1..30}; do put "line $i" "$M/$T/$((i % 3))"; done
# it ends by a signal only
status=0
timeout 12 cat "$M/$T/any" >got || status=$?
same 124 "$status"
same_file <(seq -f 'line %.0f' 30 | sort) <(sort got)
for p in 0 1 2; do wait_for "[[ \$(committed '$T' $p) == 10 ]]" 10; done
