# frozen-open.sh - a broker that freezes under open views: what is known stays, who waits goes on.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 1
mount_up -o timeout=1
seq 1 1000 >all
kproduce "$T" 0 <all
exec 3<"$M/$T/0@0..1000"
cat "$M/$T/0@990.." >got & waiting=$!
cat "$M/$T/0@995.." >late & ended=$!
wait_for '(($(wc -l <got) == 10 && $(wc -l <late) == 5))' 5
freeze
same 3893 "$(within 500 stat -L -c %s "/proc/$$/fd/3")"
within 500 cat <&3 >fixed
same_file all fixed
kill -KILL "$ended"
wait_for 'gone $ended' 1
never 'gone $waiting' 3
thaw
wait_for 'put 1001 "$M/$T/0" 2>/dev/null' 20
wait_for 'grep -qx 1001 got' 10
same_file <(seq 991 1000) <(head -n 10 got)
kill "$waiting"
exec 3<&-
