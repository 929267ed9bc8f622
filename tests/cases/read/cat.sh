# cat.sh - cat shows what another client produced, byte for byte.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq -f 'message %.0f' 1 1000 >wanted
kproduce "$T" 0 <wanted
cat "$M/$T/0" >got
same_file wanted got
same '' "$(cat "$M/$T/1")" 'the other partition'
