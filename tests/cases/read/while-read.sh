# while-read.sh - a while read loop sees every line, in bash and dash, and acknowledges them all.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
for p in 0 1 2; do seq -f 'line %.0f' 1 300 | kproduce "$T" "$p"; done
seq -f 'line %.0f' 1 300 >wanted
while IFS= read -r l; do echo "$l"; done <"$M/$T/0" >got
same_file wanted got
sh -c 'while IFS= read -r l; do echo "$l"; done <"$1"' - "$M/$T/1" >got
same_file wanted got
mapfile -t lines <"$M/$T/2"
same 300 "${#lines[@]}"
for p in 0 1 2; do same '' "$(cat "$M/$T/$p")" "the rest of $p"; done
