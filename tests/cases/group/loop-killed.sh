# loop-killed.sh - a while read loop killed midway leaves the offset at exactly the unprocessed line.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 100 | kproduce "$T" 0
# shellcheck disable=SC2016
loop='while read -r l; do echo "$l"; [[ $l != 3 ]] || kill -KILL $$; done'
not bash -c "$loop" <"$M/$T/0" >got
same "$(seq 1 3)" "$(<got)"
wait_for '[[ $(committed "$T" 0) == 2 ]]' 5
same "$(seq 3 100)" "$(cat "$M/$T/0")"
same 100 "$(committed "$T" 0)"
