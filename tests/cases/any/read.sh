# read.sh - any is a member of the group: all partitions, acknowledged by reading on, waiting at the end.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
for i in {1..30}; do put "line $i" "$M/$T/$((i % 3))"; done
cat "$M/$T/any" >got &
reader=$!
wait_for '(($(wc -l <got) == 30))' 30
same_file <(seq -f 'line %.0f' 30 | sort) <(sort got)
for p in 0 1 2; do wait_for "[[ \$(committed '$T' $p) == 10 ]]" 10; done
put more "$M/$T/1"
wait_for '[[ $(tail -n 1 got) == more ]]' 10
kill -0 "$reader" || fail 'it ended by itself'
kill -TERM "$reader"
within 2000 wait "$reader" || :
