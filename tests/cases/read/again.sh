# again.sh - twenty times produce and cat in a row: never EBUSY, never a line missing or twice.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
for i in {1..20}; do
	put "$i" "$M/$T/0"
	same "$i" "$(cat "$M/$T/0")"
done
for i in {1..20}; do same '' "$(cat "$M/$T/0"; cat "$M/$T/0")"; done
