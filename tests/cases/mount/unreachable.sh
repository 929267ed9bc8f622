# unreachable.sh - no broker there: one line that names it, within the timeout, nothing left.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

mkdir mnt
within 3500 refuses 127.0.0.1:1 -o timeout=2 127.0.0.1:1 "$WORK/mnt"
within 3500 refuses 127.0.0.1:1 -f -o timeout=2 127.0.0.1:1 "$WORK/mnt"
not is_mounted "$WORK/mnt"
same '' "$(daemons_of "$WORK/mnt")" 'processes left'
