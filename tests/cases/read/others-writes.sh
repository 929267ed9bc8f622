# others-writes.sh - what another client got acknowledged is shown by the next cat, every time.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
for i in {1..20}; do
	kproduce "$T" 0 <<<"$i"
	same "$i" "$(cat "$M/$T/0")"
done
