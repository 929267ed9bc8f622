# kcat.sh - any shares a topic with kcat's balanced consumer, which shows what it has.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'the mock broker has no group to share'
topic T 4
mount_up
cat "$M/$T/any" >ours &
reader=$!
kcat -G "$GROUP" -b "$BROKERS" -q -u "$T" >theirs 2>kcat.err &
other=$!
seq 400 >input
sleep 4
for ((i = 1; i <= 400; i++)); do echo "$i"; done | kcat -P -q -b "$BROKERS" -t "$T" -X sticky.partitioning.linger.ms=0
wait_for '(($(cat ours theirs | sort -u | wc -l) == 400))' 30
[[ -s ours ]] || fail 'we had nothing'
[[ -s theirs ]] || fail 'kcat had nothing'
kill -TERM "$other"
wait "$other" || :
seq 401 420 | kcat -P -q -b "$BROKERS" -t "$T" -X sticky.partitioning.linger.ms=0
wait_for '(($(sort -u ours | grep -cxE "4(0[1-9]|1[0-9]|20)") == 20))' 30
kill -TERM "$reader"
wait "$reader" || :
