# recreated.sh - a topic deleted and made again under a reader: ESTALE, a new inode, and its own records.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'deletes a topic'
topic_now T 1
mount_up -o refresh=1
seq -f 'old %.0f' 1 500 | kproduce "$T" 0
exec 3<"$M/$T/0"
for i in 1 2 3; do read -r l <&3; done
same 'old 3' "$l"
old=$(stat -c %i "$M/$T/0")
wait_for '[[ $(committed "$T" 0) == 2 ]]' 3
kafka_tool topics --delete --topic "$T"
wait_for 'ls "$M" >/dev/null; [[ ! -e $M/$T ]]' 5
wait_for '! cat <&3 >rest 2>err' 10
grep -q 'Stale file handle' err
exec 3<&-
kafka_tool topics --create --topic "$T" --partitions 1 --replication-factor 1
wait_for '[[ -e $M/$T/0 ]]' 5
new=$(stat -c %i "$M/$T/0")
[[ $new != "$old" ]] || fail "the inode is still $old"
same none "$(committed "$T" 0)"
wait_for 'seq -f "new %.0f" 1 5 | kproduce "$T" 0' 10
same "$(seq -f 'new %.0f' 1 5)" "$(cat "$M/$T/0")"
same 5 "$(committed "$T" 0)"
