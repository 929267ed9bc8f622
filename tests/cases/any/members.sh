# members.sh - four members share a topic, one is killed: nothing is unread, nothing twice before the kill.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'the mock broker has no group to share'
N=${N:-4000}
topic T 8
mount_up
mount_up -v S
reader() { # NAME MOUNT: what it works on, in its file; a line is done when the next is asked for
	bash -c 'while IFS= read -r l; do echo "$l" >>"$1"; done <"$2"' - "$1" "$2/$T/any" &
	pids+=($!)
}
pids=()
reader a "$M"; reader b "$M"; reader c "$S"; reader d "$S"
# until each has its share
touch a b c d
warm=0
more() { warm=$((warm + 100)); seq -f '%.0f warm' $((warm - 99)) $warm >"$M/$T/any"; }
wait_for 'more; sleep 0.2; [[ -s a && -s b && -s c && -s d ]]' 40
wait_for "(( \$(cat a b c d | sort -u | wc -l) == $warm ))" 20
before=$(cat a b c d | sort | uniq -d | wc -l)
(for ((i = 0; i < N; i += 500)); do
	seq -f "%.0f late" $((i + 1)) $((i + 500))
	sleep 0.3
done) | kcat -P -q -b "$BROKERS" -t "$T" -X partitioner=murmur2_random -X sticky.partitioning.linger.ms=0 &
producer=$!
wait_for 'grep -q late d' 20
kill -KILL "${pids[3]}"
cp d d.killed
wait "$producer"
wait_for "((\$(cat a b c d | grep -c late) >= $N && \$(cat a b c d | grep late | sort -u | wc -l) == $N))" 40
same "$((N + warm))" "$(cat a b c d | sort -u | wc -l)"
# what is there twice is what the killed one had in hand, in each of its partitions one at most
twice=$(cat a b c d | sort | uniq -d | wc -l)
((twice - before <= 8)) || fail "$twice lines twice, $before of them before"
((before <= 32)) || fail "$before lines twice while the members came together"
echo "N=$N: $((twice - before)) twice after the kill, $before before"
for f in a b c; do [[ -s $f ]] || fail "$f had nothing"; done
