# retried.sh - passing errors of the broker are retried: nobody sees them, and nothing is there twice.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up
put start "$M/$T/0"
for e in 6 7 19 20 56; do
	mock err Produce "$e" 2
	put "line-$e" "$M/$T/0"
done
same "$(printf '%s\n' start line-{6,7,19,20,56})" "$(kconsume "$T" 0)"
