# unmount.sh - readers that wait on views hold up neither an end by SIGTERM nor one by fusermount.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
for how in term lazy; do
	mount_up
	put "$how" "$M/$T/0"
	pids=()
	for n in 0@0.. 0@latest.. 0.json@-1.. 0@..; do
		timeout 20 cat "$M/$T/$n" >"got.$n" 2>/dev/null & pids+=($!)
	done
	wait_for '[[ -s got.0@0.. && -s got.0.json@-1.. && -s got.0@.. ]]' 5
	if [[ $how == term ]]; then
		kill -TERM "${daemon[M]}"
	else
		fusermount3 -u -z "$M"
		kill -TERM "${daemon[M]}"
	fi
	daemon_ends M 3
	for pid in "${pids[@]}"; do
		wait_for "gone $pid" 2
		status=0; wait "$pid" || status=$?
		((status == 1)) || fail "status $status of a reader"
	done
done
