# expired-reading.sh - records dropped under an active reader are ESTALE; a reopen goes on at the oldest.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up -o window=1M
seq -f 'line %08.0f with some padding to make it long enough' 1 60000 | kproduce "$T" 0
exec 3<"$M/$T/0"
read -r l <&3
same 'line 00000001 with some padding to make it long enough' "$l"
# more than any buffer on the way holds
seq -f '%0999.0f' 1 120000 | kproduce "$T" 0
fails 'Stale file handle' cat <&3
exec 3<&-
kconsume "$T" 0 >wanted
cat "$M/$T/0" >got
same_file wanted got
