# relative.sh - a relative mount point works in the background too.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic_now T 1
mkdir mnt
"$BFS" -o "group=$GROUP" "$BROKERS" mnt
put hello "mnt/$T/0"
same hello "$(cat "mnt/$T/0")"
fusermount3 -u mnt
wait_for '! is_mounted "$WORK/mnt"' 1
