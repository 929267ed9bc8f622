# frozen-cat.sh - cat with a frozen broker ends in ETIMEDOUT within the timeout.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 2
mount_up -o timeout=2
seq 1 5 | kproduce "$T" 0
same "$(seq 1 5)" "$(cat "$M/$T/0")"
freeze
within 3000 fails 'Connection timed out' cat "$M/$T/1"
within 3000 fails 'Connection timed out' cat "$M/$T/0"
thaw
put 6 "$M/$T/1"
wait_for '[[ $(cat "$M/$T/1" 2>/dev/null) == 6 ]]' 15
