# many.sh - readers that wait on one partition at different places all hear, and delay no others.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 50 >wanted
kproduce "$T" 0 <wanted
pids=()
for i in {1..6}; do
	cat "$M/$T/0@$((i * 8)).." >"got$i" & pids+=($!)
done
for i in {1..6}; do wait_for "((\$(wc -l <got$i) == $((50 - i * 8))))" 20; done
within 500 ls -l "$M/$T" >/dev/null
within 2000 cat "$M/$T/0@0..50" >got
same_file wanted got
put last "$M/$T/0"
echo last >>wanted
for i in {1..6}; do
	wait_for "[[ \$(tail -n 1 got$i) == last ]]" 10
	same_file <(tail -n "+$((i * 8 + 1))" wanted) "got$i"
done
kill -KILL "${pids[@]}"
for pid in "${pids[@]}"; do wait_for "gone $pid" 2; done
