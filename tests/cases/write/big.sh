# big.sh - cat and cp of a 3 MB file; every line is one message.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq -f 'line %06.0f of a file that is somewhat larger than any buffer' 1 45000 >wanted
cat wanted >>"$M/$T/0"
kconsume "$T" 0 >got
same_file wanted got
cp wanted "$M/$T/1"
kconsume "$T" 1 >got
same_file wanted got
