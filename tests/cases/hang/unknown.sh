# unknown.sh - an unknown name with a frozen broker is answered soon and delays nobody.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 1
mount_up -o refresh=1
freeze
pids=()
for i in {1..20}; do
	(for j in {1..20}; do [[ ! -e $M/nope-$i-$j ]]; done) &
	pids+=($!)
done
for _ in {1..10}; do
	within 500 ls "$M" >/dev/null
	within 500 stat "$M/$T/0" >/dev/null
	within 500 fails 'No such file' stat "$M/nope"
done
for p in "${pids[@]}"; do wait "$p"; done
