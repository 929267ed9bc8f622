# no-mount-point.sh - a mount point that is missing or no directory is one line that names it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

refuses "$WORK/missing" "$BROKERS" "$WORK/missing"
touch file
refuses "$WORK/file" "$BROKERS" "$WORK/file"
[[ ! -e missing && -f file ]]
same '' "$(daemons_of "$WORK/missing")$(daemons_of "$WORK/file")"
