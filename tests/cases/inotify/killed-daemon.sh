# killed-daemon.sh - the daemon is killed while the helper works and a write waits: nothing is left of them.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need kcat
own_broker
topic_now T 2
mount_up -o timeout=30,write_timeout=30
put before "$M/$T/0"
exec 3<"$M/$T/0" 4<"$M/$T/1"
cat <&3 >/dev/null
cat <&4 >/dev/null
helper=$(helper_of M)
seq 3000 | kproduce "$T" 1	# the helper has something to do
freeze
bash -c 'echo x >>"$1"' - "$M/$T/0" 2>/dev/null &
writer=$!
wait_for '[[ $(<"/proc/$writer/wchan") == *request_wait* ]]' 5
# a touch that comes too late to be held back waits in the kernel for the writer, as the helper's would
touch -m "$M/$T/0" 2>/dev/null &
toucher=$!
wait_for '[[ $(state_of "$toucher") == D ]]' 5
within 500 ls "$M" >/dev/null
kill -KILL "${daemon[M]}"
wait "${daemon[M]}" || :
unset 'daemon[M]'
wait_for 'gone "$writer" && gone "$toucher" && gone "$helper"' 2
exec 3<&- 4<&-
within 2000 fusermount3 -u "$M"
