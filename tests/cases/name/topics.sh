# topics.sh - the root lists the topics, a topic its partitions.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
topic U 12
mount_up
for t in "$T" "$U"; do has "$(ls "$M")" "$t"; done
has "$(ls -A "$M")" "$T"
same "$(seq 0 11)" "$(ls "$M/$U" | sort -n)"
same 0 "$(ls "$M/$T")"
same '' "$(ls "$M" | grep '^_' || :)" 'internal topics'
