# closed-descriptors.sh - started with stdin, stdout and stderr closed it mounts, and returns.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic_now T 1
mkdir mnt
within 10000 timeout 20 "$BFS" -o "group=$GROUP" "$BROKERS" "$WORK/mnt" <&- >&- 2>&-
put hello "mnt/$T/0"
unmount_daemon "$WORK/mnt"
