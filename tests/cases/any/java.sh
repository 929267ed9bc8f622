# java.sh - two mounts, kcat and Kafka's own consumer share one group, and read each message once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'the mock broker has no group to share'
topic T 4
mount_up
mount_up -v S
pids=()
cat "$M/$T/any" >a & pids+=($!)
cat "$S/$T/any" >b & pids+=($!)
kcat -G "$GROUP" -b "$BROKERS" -q -u -X auto.offset.reset=earliest "$T" >c 2>kcat.err & pids+=($!)
cluster tool console-consumer --topic "$T" --group "$GROUP" --from-beginning >d 2>java.err & pids+=($!)
touch a b c d
sent=0
more() { # a message or more to each partition
	sent=$((sent + 40))
	seq $((sent - 39)) $sent | kcat -P -q -b "$BROKERS" -t "$T" -X sticky.partitioning.linger.ms=0
}
wait_for 'more; sleep 0.3; [[ -s a && -s b && -s c && -s d ]]' 50	# until each has its share
wait_for "((\$(cat a b c d | sort -u | wc -l) == $sent))" 30
# nobody comes or goes: each message is read by one
for f in a b c d; do cp "$f" "$f.then"; done
before=$sent
for i in {1..5}; do more; done
wait_for "((\$(awk '\$1 > $before' a b c d | wc -l) >= 200))" 30
same "$(seq $((before + 1)) $sent)" "$(awk -v b="$before" '$1 > b' a b c d | sort -n)"
for f in a b c d; do
	(($(wc -l <"$f") > $(wc -l <"$f.then"))) || fail "$f had nothing more"
done
kill -TERM "${pids[@]}"
wait "${pids[@]}" || :
