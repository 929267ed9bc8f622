# kcat.sh - any shares a topic with kcat's balanced consumer, which shows what it has.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'the mock broker has no group to share'
topic T 4
mount_up
cat "$M/$T/any" >ours &
reader=$!
kcat -G "$GROUP" -b "$BROKERS" -q -u -X auto.offset.reset=earliest "$T" >theirs 2>kcat.err &
other=$!
touch ours theirs
sent=0
more() { # a message to each of some partitions
	sent=$((sent + 40))
	seq $((sent - 39)) $sent | kcat -P -q -b "$BROKERS" -t "$T" -X sticky.partitioning.linger.ms=0
}
wait_for 'more; sleep 0.3; [[ -s ours && -s theirs ]]' 40	# until each has its share
wait_for "((\$(cat ours theirs | sort -u | wc -l) == $sent))" 30
kill -TERM "$other"
wait "$other" || :
before=$sent
more
wait_for "((\$(awk '\$1 > $before' ours | sort -u | wc -l) == 40))" 40
kill -TERM "$reader"
wait "$reader" || :
