# commit-errors.sh - a commit that fails for a moment is tried again; a refused one moves nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 2
mount_up
seq 1 5 | kproduce "$T" 0
mock err OffsetCommit 14 1
within 6000 cat "$M/$T/0" >got || :
same "$(seq 1 5)" "$(<got)"
# what is not committed is shown again, and then committed
cat "$M/$T/0" >/dev/null
same 5 "$(committed "$T" 0)"
seq 1 5 | kproduce "$T" 1
mock err OffsetCommit 30 20
cat "$M/$T/1" >got 2>err || grep -q 'Permission denied' err
same none "$(committed "$T" 1)"
grep -qi 'authoriz' M.log
mock up 1
