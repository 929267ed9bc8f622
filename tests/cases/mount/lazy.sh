# lazy.sh - -o lazy mounts though no broker answers, and works once one does.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mock down 1
mkdir mnt
refuses "$BROKERS" -o timeout=1 "$BROKERS" "$WORK/mnt"
mount_up -o lazy,timeout=2
within 500 stat "$M" >/dev/null
within 500 fails 'Connection timed out' ls "$M"
within 500 fails 'Connection timed out' stat "$M/$T"
mock up 1
wait_for '[[ -e $M/$T/0 ]]' 15
put hello "$M/$T/0"
same hello "$(cat "$M/$T/0")"
