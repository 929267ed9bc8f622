# tail.sh - tail shows the last lines of views, follows a growing one, and commits nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 0 4999 >all
kproduce "$T" 0 <all
for r in 0 earliest -1000 0..5000 earliest..latest; do
	same_file <(tail all) <(tail "$M/$T/0@$r")
	same_file <(tail -c 77 all) <(tail -c 77 "$M/$T/0@$r")
	same_file <(tail -n +4990 all) <(tail -n +4990 "$M/$T/0@0")
done
bg tail -n 3 -f "$M/$T/0@100" >got
bg tail -n +1 -f "$M/$T/0.kv@4990" >kv
wait_for '(($(wc -l <got) == 3 && $(wc -l <kv) == 10))' 5
put new "$M/$T/0"
wait_for '(($(wc -l <got) == 4 && $(wc -l <kv) == 11))' 5
same 'line 4997 line 4998 line 4999 new' "$(xargs <got)"
same $'\tnew' "$(tail -n 1 kv)"
same none "$(committed "$T" 0)"
