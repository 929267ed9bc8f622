# appears.sh - a topic that someone else creates appears, in the list and by its name.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o refresh=1
has "$(ls "$M")" "$T"
topic_now NEW 2
wait_for '[[ -e $M/$NEW/1 ]]' 3
wait_for 'ls "$M" | grep -qx "$NEW"' 5
put hello "$M/$NEW/1"
same hello "$(cat "$M/$NEW/1")"
