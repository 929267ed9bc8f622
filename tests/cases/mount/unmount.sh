# unmount.sh - fusermount3 -u ends an idle mount with status 0 within a second.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
put hello "$M/$T/0"
cat "$M/$T/0" >/dev/null
fusermount3 -u "$M"
daemon_ends M 1
