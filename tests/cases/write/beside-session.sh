# beside-session.sh - a line in parts stays one, whoever else has the file open since an earlier session.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
put before "$M/$T/0"
tail -f /dev/null >>"$M/$T/0" &
wait_for '[[ $(readlink /proc/'"$!"'/fd/1) == */0 ]]' 5
same before "$(cat "$M/$T/0")"	# the name leads to a new node now
exec 3>>"$M/$T/0"
printf 'a,' >&3
printf 'b\n' >&3
exec 3>&-
same "$(printf 'before\na,b')" "$(kconsume "$T" 0)"
