# seq.sh - seq 1 10000 arrives whole and in order.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 10000 >>"$M/$T/0"
seq 1 10000 >wanted
kconsume "$T" 0 >got
same_file wanted got
