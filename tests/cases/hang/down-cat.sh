# down-cat.sh - cat with the broker gone ends in ETIMEDOUT within the timeout, and works again later.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up -o timeout=2
seq 1 5 | kproduce "$T" 0
mock down 1
within 3000 fails 'Connection timed out' cat "$M/$T/0"
within 500 ls "$M/$T" >/dev/null
mock up 1
wait_for 'cat "$M/$T/0" >got 2>/dev/null' 15
same "$(seq 1 5)" "$(<got)"
