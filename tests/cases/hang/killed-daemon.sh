# killed-daemon.sh - when the daemon is killed, waiting readers and writers end at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 2
mount_up -o timeout=30,write_timeout=30
put before "$M/$T/0"
freeze
cat "$M/$T/1" >/dev/null 2>&1 &
reader=$!
bash -c 'echo x >>"$1"' - "$M/$T/0" 2>/dev/null &
writer=$!
sleep 0.5	# until they wait
kill -KILL "${daemon[M]}"
wait "${daemon[M]}" || :
unset 'daemon[M]'
wait_for 'gone $reader && gone $writer' 1
fails '' ls "$M"
fusermount3 -u "$M"
