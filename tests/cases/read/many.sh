# many.sh - 100,000 lines: the same bytes that kcat gets.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 100000 | kproduce "$T" 0
kconsume "$T" 0 >wanted
same 100000 "$(wc -l <wanted)"
cat "$M/$T/0" >got
same_file wanted got
same '' "$(cat "$M/$T/0")"
