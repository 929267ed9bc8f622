# shell.sh - read takes over the lines before its last one, a loop and mapfile all.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'while read -r l; do echo "$l"; done <0' 'bash: while read'
form 1 '{ read -r a; read -r b; echo "$b"; } <0' 'bash: read, read'
form none 'read -r a <0; echo "$a"' 'bash: read'
form end 'mapfile -t a <0; echo "${#a[@]} ${a[2999]}"' 'bash: mapfile'
form end 'echo "$(<0)"' 'bash: $(<0)'
for sh in dash 'busybox sh'; do
	with "${sh%% *}"
	form end "$sh -c 'while read -r l; do echo \"\$l\"; done <0'" "$sh: while read"
	form 1 "$sh -c '{ read -r a; read -r b; echo \"\$b\"; } <0'" "$sh: read, read"
	form none "$sh -c 'read -r a <0; echo \"\$a\"'" "$sh: read"
done
try_rows
