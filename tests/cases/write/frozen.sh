# frozen.sh - echo to a broker that says nothing fails in time; later it works again.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 1
mount_up -o write_timeout=2
put before "$M/$T/0"
freeze
within 3000 fails 'Connection timed out' put lost "$M/$T/0"
thaw
i=0
wait_for 'i=$((i + 1)); put "try$i" "$M/$T/0" 2>/dev/null' 20
same 1 "$(kconsume "$T" 0 | grep -cx "try$i")"
