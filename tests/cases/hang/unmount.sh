# unmount.sh - SIGTERM with a frozen broker and waiting readers and writers ends within six seconds.
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
within 500 ls "$M" >/dev/null
kill -TERM "${daemon[M]}"
daemon_ends M 6
not wait "$reader"
not wait "$writer"
