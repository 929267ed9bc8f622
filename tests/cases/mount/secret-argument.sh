# secret-argument.sh - a password is never taken from the command line, nor repeated.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

mkdir mnt
refuses sasl.password -X sasl.password=hunter2 "$BROKERS" "$WORK/mnt"
not grep -q hunter2 refuses.err
not is_mounted "$WORK/mnt"
