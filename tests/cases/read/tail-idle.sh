# tail-idle.sh - tail -F on an idle file stays with it: no reopening, nothing printed twice.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
bg tail -F -s 0.2 "$M/$T/0" >got 2>err
wait_for 'cmp -s <(seq 1 5) got' 5
never '[[ -s err ]]' 4
put 6 "$M/$T/0"
wait_for 'cmp -s <(seq 1 6) got' 5
