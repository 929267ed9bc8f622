# sigterm.sh - SIGTERM ends an idle mount with status 0 within a second.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
put hello "$M/$T/0"
kill -TERM "${daemon[M]}"
daemon_ends M 1
same '' "$(ls -A "$M")"
