# appears-by-default.sh - with the default refresh, too: by name in a second, listed within refresh + use.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
ls "$M" >/dev/null
topic_now NEW 1
wait_for '[[ -e $M/$NEW/0 ]]' 3
topic_now OTHER 1
wait_for 'ls "$M" | grep -qx "$OTHER"' 8
