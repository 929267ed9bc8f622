# cp.sh - cp makes a complete copy, into a file and into another partition.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq -f 'line %.0f' 1 30000 >wanted
kproduce "$T" 0 <wanted
cp "$M/$T/0" got
same_file wanted got
kproduce "$T" 0 <wanted
cp "$M/$T/0" "$M/$T/1"
kconsume "$T" 1 >got2
same_file wanted got2
