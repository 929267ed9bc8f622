# bad-option.sh - an unknown option, or none of what is needed, is one line that names it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

mkdir mnt
refuses --nonsense --nonsense "$BROKERS" "$WORK/mnt"
refuses -Q -Q "$BROKERS" "$WORK/mnt"
refuses brokerfs
refuses 'mount point' "$BROKERS"
refuses surplus "$BROKERS" "$WORK/mnt" surplus
not is_mounted "$WORK/mnt"
