# slow-broker.sh - a slow broker makes reading slow, not wrong.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up
seq 1 3000 >wanted
kproduce "$T" 0 <wanted
mock rtt 1 300
within 5000 cat "$M/$T/0" >got
same_file wanted got
mock rtt 1 0
same 3000 "$(committed "$T" 0)"
