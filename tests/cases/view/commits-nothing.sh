# commits-nothing.sh - views move no offset, and work while others consume, in any number.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 0 4999 >all
kproduce "$T" 0 <all
same none "$(committed "$T" 0)"
for n in 0@0 0@0..5000 0.json@-10 0.kv@earliest 0.raw@0..+1 0@committed; do
	cat "$M/$T/$n" >/dev/null
	tail -n 2 "$M/$T/$n" >/dev/null
done
same none "$(committed "$T" 0)"
exec 4<"$M/$T/0"	# a consumer, in the middle of its work
for _ in {1..10}; do read -r line <&4; done
same 'line 9' "$line"
pids=()
for i in {1..20}; do
	cat "$M/$T/0@earliest" >"got$i" & pids+=($!)
	cat "$M/$T/0@0..5000" >"fixed$i" & pids+=($!)
done
wait "${pids[@]}"
for i in {1..20}; do
	same_file all "got$i"
	same_file all "fixed$i"
done
read -r line <&4
same 'line 10' "$line"
cat <&4 >rest
exec 4<&-
same_file <(tail -n +12 all) rest
same 5000 "$(committed "$T" 0)"
cat "$M/$T/0@100" >/dev/null
same 5000 "$(committed "$T" 0)" 'after a look back'
