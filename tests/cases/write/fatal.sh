# fatal.sh - a fatal error of the producer is EIO once; then there is a new producer.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up -o write_timeout=5
put start "$M/$T/0"
mock err Produce 45 1
within 6000 fails 'Input/output error' put lost "$M/$T/0"
i=0
wait_for 'i=$((i + 1)); put "try$i" "$M/$T/0" 2>/dev/null' 15
kconsume "$T" 0 >got
same 1 "$(grep -cx "try$i" got)"
