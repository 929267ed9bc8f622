# memory.sh - readers that stop reading stop the fetching: the daemon stays near memory=.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'partitions of more than 5 MiB'
topic T 3
mount_up -o memory=32M,window=8M
seq -f '%099.0f' 1 600000 >lines
for p in 0 1 2; do kproduce "$T" "$p" -l lines; done
exec 3<"$M/$T/0" 4<"$M/$T/1" 5<"$M/$T/2"
for fd in 3 4 5; do read -r l <&"$fd"; done
sleep 2	# there is no event for what shall not happen
rss=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/${daemon[M]}/status")
((rss < 120)) || fail "the daemon has $rss MiB"
cat <&4 >got
tail -n +2 lines >rest
same_file rest got
