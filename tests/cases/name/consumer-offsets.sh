# consumer-offsets.sh - the broker's own topics are hidden, and shown with -o internal.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka '__consumer_offsets'
topic T 1
mount_up
put hello "$M/$T/0"
cat "$M/$T/0" >/dev/null
not grep -q '^__' <<<"$(ls -A "$M")"
fails 'No such file' ls "$M/__consumer_offsets"
mount_down
mount_up -o internal
has "$(ls "$M")" __consumer_offsets
ls "$M/__consumer_offsets" | grep -qx 0
