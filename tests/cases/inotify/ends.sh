# ends.sh - the helper goes with its daemon: unmounted, ended by SIGTERM or killed, in the foreground or not.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

descriptors() { (cd "/proc/$1/fd" && echo *); } # PID

topic_now T 1
# SIGTERM, SIGINT and SIGHUP don't end the helper; who ends the daemon does
mount_up
helper=$(helper_of M)
same brokerfs-touch "$(<"/proc/$helper/comm")"
same / "$(readlink "/proc/$helper/cwd")"
same '0 1 2 3' "$(descriptors "$helper")"
same "$(printf '/dev/null\n/dev/null')" "$(readlink "/proc/$helper/fd/"{0,1})"
for s in TERM INT HUP; do kill -"$s" "$helper"; done
never 'gone "$helper"' 0.3 2>/dev/null
kill -TERM "${daemon[M]}"
daemon_ends M 1
gone "$helper"

mount_up
helper=$(helper_of M)
mount_down
gone "$helper"

for s in CONT STOP; do	# one that is stopped would not notice the end of its pipe
	mount_up
	helper=$(helper_of M)
	kill -"$s" "$helper"
	kill -KILL "${daemon[M]}"
	wait "${daemon[M]}" || :
	unset 'daemon[M]'
	wait_for 'gone "$helper"' 2
	fusermount3 -u "$M"
done

# in the background: it keeps nothing of the caller's, not the end of a pipe, and is no child of ours
mkdir mnt
out=$(timeout 10 "$BFS" -o "group=$GROUP" "$BROKERS" "$WORK/mnt" 2>&1)
same '' "$out"
helper=$(helper_below "$WORK/mnt")
same '0 1 2 3' "$(descriptors "$helper")"
same "$(printf '/dev/null\n/dev/null\n/dev/null')" "$(readlink "/proc/$helper/fd/"{0,1,2})"
within 1000 wait
unmount_daemon "$WORK/mnt"
gone "$helper"

# and with the caller's standard descriptors closed
timeout 10 "$BFS" -o "group=$GROUP" "$BROKERS" "$WORK/mnt" <&- >&- 2>&-
helper=$(helper_below "$WORK/mnt")
unmount_daemon "$WORK/mnt"
gone "$helper"
