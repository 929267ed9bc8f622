# creates-nothing.sh - no look-up, open, or write to a name that does not exist creates a topic.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
topics() { kcat -L -b "$BROKERS" | sed -n 's/^ *topic "\([^"]*\)".*/\1/p' | grep "^${T%-*}" | sort; }
topics >before
fresh NOPE
fails 'No such file' ls "$M/$NOPE"
fails 'No such file' cat "$M/$NOPE/0"
fails 'No such file' put x "$M/$NOPE/0"
fails 'not permitted' put x "$M/$NOPE"
fails '' cat "$M/$T/5"
fails 'not permitted' put x "$M/$T/5"
topics >after
same_file before after
not grep -q "$NOPE" after
