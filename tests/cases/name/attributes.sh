# attributes.sh - topics are directories, partitions empty regular files; the numbers of inodes differ.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
seq 1 5 | kproduce "$T" 0
same directory "$(stat -c %F "$M/$T")"
same 'regular empty file 0 1' "$(stat -c '%F %s %h' "$M/$T/0")"
same 5 "$(stat -c %i "$M" "$M/$T" "$M/$T"/[0-2] | sort -u | wc -l)"
ls -laR "$M/$T" >out
same 3 "$(find "$M/$T" -type f | wc -l)"
