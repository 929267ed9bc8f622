# busy.sh - a mount point that is taken is refused, and the mount on it goes on.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
refuses "$M" "$BROKERS" "$M"
refuses "$M" -f "$BROKERS" "$M"
has "$(ls "$M")" "$T"
