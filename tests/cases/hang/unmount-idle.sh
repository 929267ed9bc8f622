# unmount-idle.sh - fusermount3 -u with a frozen broker ends within six seconds.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 1
mount_up
put before "$M/$T/0"
cat "$M/$T/0" >/dev/null
freeze
within 500 fusermount3 -u "$M"
daemon_ends M 6
