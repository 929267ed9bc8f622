# beside-session.sh - a line in parts stays one, whoever else has the file open since an earlier session.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
in_parts() { # PARTITION
	same before "$(cat "$M/$T/$1")"	# the name leads to a new node now
	exec 3>>"$M/$T/$1"
	printf 'a,' >&3
	printf 'b\n' >&3
	exec 3>&-
	same "$(printf 'before\na,b')" "$(kconsume "$T" "$1")"
}

put before "$M/$T/0"
tail -f /dev/null >>"$M/$T/0" &
wait_for '[[ $(readlink /proc/'"$!"'/fd/1) == */0 ]]' 5
in_parts 0

# its opener has gone
put before "$M/$T/1"
(tail -f /dev/null & echo $! >pid) >>"$M/$T/1"
wait_for '[[ $(readlink "/proc/$(<pid)/fd/1") == */1 ]]' 5
in_parts 1
kill "$(<pid)"
