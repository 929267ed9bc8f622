# frozen.sh - with the broker frozen the whole tree is walked in bounded time; what was known is shown.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 2
mount_up -o timeout=2
C=$M/.brokerfs
seq 5 >"$M/$T/0"
cat "$M/$T/0" >/dev/null
cat "$C/brokers" >known
cat "$C/topics" >/dev/null
freeze
within 30000 find "$C" -type f -exec cat {} + >walked 2>errors || :
grep -qx 'brokerfs_up 0' walked || fail 'metrics do not say that nobody answers'
grep -q "group=$GROUP" walked
grep -q '^# [0-9]* s old: ' walked || fail 'nothing is marked as old'
grep -qF "$(tail -n 1 known)" walked || fail 'the brokers are not shown'
within 3000 fails 'timed out' bash -c "echo 3 >'$C/groups/$GROUP/$T/0.offset'"
within 3000 fails 'timed out' mkdir "$M/new"
thaw
wait_for 'echo 3 >"$C/groups/$GROUP/$T/0.offset"' 10
same 3 "$(cat "$C/groups/$GROUP/$T/0.offset")"
# What was not asked for did not happen.
not grep -q 'topic "new"' <(kcat -L -b "$BROKERS")
