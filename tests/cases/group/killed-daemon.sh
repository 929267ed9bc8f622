# killed-daemon.sh - a killed daemon leaves nothing to repair; the group goes on at what was committed.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
cat "$M/$T/0" >/dev/null
seq 6 8 | kproduce "$T" 0
kill -KILL "${daemon[M]}"
wait "${daemon[M]}" || :
unset 'daemon[M]'
fails '' ls "$M"
fusermount3 -u "$M"
mount_up
same "$(seq 6 8)" "$(cat "$M/$T/0")"
