# shared-memory.sh - the size of a fixed range is exact also when other open views share memory.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up -o window=256K,memory=4M
seq -f '%099.0f' 0 29999 >all
kproduce "$T" 0 <all
kproduce "$T" 1 <all
exec 3<"$M/$T/1@0" 4<"$M/$T/1@0..20000" 5<"$M/$T/0@5" 7<"$M/$T/1@-5"
for r in 0..30000 -30000..latest earliest..+30000; do
	same 3000000 "$(wc -c <"$M/$T/0@$r")"
	same 3000000 "$(stat -L -c %s - <"$M/$T/0@$r")" "fstat of $r"
	cp "$M/$T/0@$r" copy
	same_file all copy
	tail -c 300 "$M/$T/0@$r" >got
	same_file <(tail -c 300 all) got
	tac "$M/$T/0@$r" >got
	same_file <(tac all) got
done
