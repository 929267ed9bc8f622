# ten-thousand.sh - 10,000 topics are listed from memory: quickly, and with the broker frozen.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
for i in {1..10000}; do echo "topic many-$i 1 1"; done >"$MOCK_CTL"
wait_for '(($(wc -l <"$MOCK_CTL.out") > 10000))' 30
mount_up
within 2000 ls "$M" >out
same 10000 "$(wc -l <out)"
same 0 "$(ls "$M/many-777")"
put hello "$M/many-777/0"
same hello "$(cat "$M/many-777/0")"
freeze
within 1000 ls "$M" >out
same 10000 "$(sort -u out | wc -l)"
within 500 stat "$M/many-4711/0" >/dev/null
