# alive-frozen.sh - a request that timed out is no sign of life: changes fail at once while the broker is frozen.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka lists groups
own_broker
topic T
mount_up -o allow_delete
mkdir "$M/.brokerfs/groups/dead"
cat "$M/.brokerfs/topics" >/dev/null
freeze
sleep 1	# what it said before is older than that now
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	ls "$M/.brokerfs/groups" >/dev/null
	within 2500 fails 'timed out' mkdir "$M/new-$i"
done
thaw
wait_for 'rmdir "$M/.brokerfs/groups/dead"' 10
