# tail.sh - tail -n shows the last lines, tail -f goes on with what arrives, tail -F too.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
for p in 0 1 2; do seq 1 1000 | kproduce "$T" "$p"; done
same "$(seq 998 1000)" "$(tail -n 3 "$M/$T/0")"
same "$(seq 1 1000)" "$(cat "$M/$T/0")" 'cat after tail'
bg tail -f "$M/$T/1" >f
bg tail -F "$M/$T/2" >F 2>F.err
for f in f F; do wait_for "cmp -s <(seq 991 1000) $f" 5; done
for p in 1 2; do seq 1001 1003 | kproduce "$T" "$p"; done
for f in f F; do wait_for "cmp -s <(seq 991 1003) $f" 5; done
