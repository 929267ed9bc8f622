# slow.sh - a mount can be seen once it knows its topics, however slow the broker: looking never waits.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mock rtt 1 800
mount_up
got=$(within 500 ls "$M")
has "$got" "$T"
within 500 stat "$M/$T/0" >/dev/null
