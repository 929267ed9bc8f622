# at-the-end.sh - a reader at the end stays there, at once, when the broker falls silent.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 1
mount_up -o timeout=5
seq 1 5 | kproduce "$T" 0
exec 3<"$M/$T/0"
same "$(seq 1 5)" "$(cat <&3)"
freeze
for _ in 1 2 3 4 5; do same '' "$(within 500 cat <&3)"; done
thaw
put 6 "$M/$T/0"
wait_for '[[ $(cat <&3) == 6 ]]' 10
