# broker-errors.sh - passing errors are got over; what is forbidden is EACCES, and works once it is allowed.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up
for e in 'Fetch 6' 'Fetch 7' 'ListOffsets 6' 'ListOffsets 7' 'OffsetFetch 14' 'OffsetFetch 16' 'FindCoordinator 15'; do
	put "$e" "$M/$T/0"
	mock err $e 1
	within 6000 cat "$M/$T/0" >got || fail "$e: cat failed"
	same "$e" "$(<got)"
done
put secret "$M/$T/0"
mock err OffsetFetch 30 1
within 6000 fails 'Permission denied' cat "$M/$T/0"
mock err ListOffsets 29 1
within 6000 fails 'Permission denied' cat "$M/$T/0"
wait_for '[[ $(cat "$M/$T/0" 2>/dev/null) == secret ]]' 10
