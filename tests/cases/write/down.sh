# down.sh - echo to a broker that is down fails in time and says so; later it works again.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up -o write_timeout=2
put before "$M/$T/0"
mock down 1
within 3000 fails 'Connection timed out' put lost "$M/$T/0"
# the partition is known to be ill now: nobody waits for it again
within 500 fails 'Connection timed out' put lost "$M/$T/0"
mock up 1
i=0
wait_for 'i=$((i + 1)); put "try$i" "$M/$T/0" 2>/dev/null' 20
kconsume "$T" 0 >got
same 1 "$(grep -cx "try$i" got)" 'times the line that was reported good is in the log'
same before "$(head -n 1 got)"
