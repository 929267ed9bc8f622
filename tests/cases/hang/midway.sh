# midway.sh - a broker that falls silent midway: ETIMEDOUT in time, and the same handle goes on later.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 1
mount_up -o timeout=2,window=1M
seq -f 'line %08.0f with some padding to make it long enough' 1 80000 >wanted
kproduce "$T" 0 <wanted
exec 3<"$M/$T/0"
read -r l <&3
same "$(head -n 1 wanted)" "$l"
freeze
status=0
# what there is at a read's deadline, then none; and the close waits for the commit
within 7500 cat <&3 >part 2>err || status=$?
same 1 "$status"
grep -q 'Connection timed out' err
thaw
limit=$(($(now_ms) + 20000 * SLOW))
until cat <&3 >>part 2>err; do (($(now_ms) < limit)) || fail "$(<err)"; done
tail -n +2 wanted >rest
same_file rest part
