# frozen.sh - a broker that takes the connection and says nothing: one line within the timeout.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
mkdir mnt
freeze
within 3500 refuses "${BROKERS%%,*}" -o timeout=2 "$BROKERS" "$WORK/mnt"
not is_mounted "$WORK/mnt"
same '' "$(daemons_of "$WORK/mnt")" 'processes left'
