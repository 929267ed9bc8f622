# partitions.sh - many writers, each to its own partition, at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 8
mount_up
pids=()
for p in {0..7}; do
	seq -f "$p-%.0f" 1 3000 >>"$M/$T/$p" &
	pids+=($!)
done
for p in "${pids[@]}"; do wait "$p"; done
for p in {0..7}; do
	seq -f "$p-%.0f" 1 3000 >wanted
	kconsume "$T" "$p" >got
	same_file wanted got
done
