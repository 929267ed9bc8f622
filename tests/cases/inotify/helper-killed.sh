# helper-killed.sh - the helper is killed: reading, writing and unmounting go on, and it leaves no zombie.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need kcat
topic_now T 1
mount_up
exec 3<"$M/$T/0"
same '' "$(cat <&3)"
helper=$(helper_of M)
kill -KILL "$helper"
wait_for 'gone "$helper"' 2	# reaped, too
wait_for 'grep -q "helper for inotify has died" M.log' 2
for i in 1 2 3; do
	put "$i" "$M/$T/0"
	echo "elsewhere $i" | kproduce "$T" 0
done
wait_for '[[ $(end_of "$T" 0) == 6 ]]' 5
cat <&3 >seen
wait_for 'cat <&3 >>seen; (($(wc -l <seen) == 6))' 5
exec 3<&-
within 3000 mount_down
