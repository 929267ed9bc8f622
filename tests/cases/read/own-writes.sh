# own-writes.sh - an echo that succeeded is shown by the next cat, every time.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
for i in {1..50}; do
	echo "$i" >>"$M/$T/0"
	same "$i" "$(cat "$M/$T/0")"
done
