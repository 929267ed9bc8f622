# parallel.sh - readers of different partitions don't disturb each other.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 8
mount_up
for p in {0..7}; do seq -f "$p-%.0f" 1 5000 | kproduce "$T" "$p"; done
pids=()
for p in {0..7}; do
	cat "$M/$T/$p" >"got$p" &
	pids+=($!)
done
for p in "${pids[@]}"; do wait "$p"; done
for p in {0..7}; do
	seq -f "$p-%.0f" 1 5000 >wanted
	same_file wanted "got$p"
done
