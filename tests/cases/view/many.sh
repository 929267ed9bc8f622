# many.sh - a hundred readers that wait on one partition all hear, and cost others nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 50 | kproduce "$T" 0
pids=()
for i in {1..100}; do
	cat "$M/$T/0@$((i % 51)).." >"got$i" & pids+=($!)
done
for i in {1..100}; do wait_for "((\$(wc -l <got$i) == $((50 - i % 51))))" 20; done
within 500 ls -l "$M/$T" >/dev/null
within 1000 cat "$M/$T/0@0..50" >/dev/null
put last "$M/$T/0"
for i in {1..100}; do wait_for "[[ \$(tail -n 1 got$i) == last ]]" 10; done
kill -KILL "${pids[@]}"
for pid in "${pids[@]}"; do wait_for "gone $pid" 5; done
seq 1 50 >wanted; echo last >>wanted
for i in {1..100}; do same_file <(tail -n "$((51 - i % 51))" wanted) "got$i"; done
