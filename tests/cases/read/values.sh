# values.sh - values with newlines are several lines, empty ones empty lines; nothing else is added.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
printf 'a\nb|c|' | kproduce "$T" 0 -D '|'
same 2 "$(end_of "$T" 0)"
printf 'a\nb\nc\n' >wanted
cat "$M/$T/0" >got
same_file wanted got
printf 'k:\nk:x\nk:\n' | kproduce "$T" 1 -K:
printf '\nx\n\n' >wanted
cat "$M/$T/1" >got
same_file wanted got
printf 'k:\n' | kproduce "$T" 2 -K: -Z
printf '\n' >wanted
cat "$M/$T/2" >got
same_file wanted got
