# bad-property.sh - a property librdkafka does not know or take is one line that names it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

mkdir mnt
refuses no.such.property -X no.such.property=1 "$BROKERS" "$WORK/mnt"
refuses linger.ms -X linger.ms=soon "$BROKERS" "$WORK/mnt"
refuses nonsense -X nonsense "$BROKERS" "$WORK/mnt"
not is_mounted "$WORK/mnt"
