# any.sh - any@RANGE is the whole topic: merged by time, in each partition's own order, exact in size.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need jq
topic T 3
mount_up
for i in {1..30}; do
	put "$i" "$M/$T/$((i % 3))"	# one after the other, so their times rise
	sleep 0.002
done
V=$M/$T/any@earliest..latest
same "$(seq 1 30)" "$(cat "$V")"
same "$(seq 1 30 | wc -c)" "$(wc -c <"$V")"
same "$(seq 21 30)" "$(cat "$M/$T/any@-10")"
same "$(seq 21 25)" "$(cat "$M/$T/any@-10..-5")"
same "$(seq 1 7)" "$(cat "$M/$T/any@earliest..+7")"
same '' "$(cat "$M/$T/any@latest")"
same "$(seq 30)" "$(tail -n +1 "$M/$T/any@earliest")"
same "$(seq 29 30)" "$(tail -n 2 "$M/$T/any@earliest")"
same "$(for i in {1..30}; do echo "$T $((i % 3)) $(((i - 1) / 3)) $i"; done)" \
	"$(jq -r '"\(.topic) \(.partition) \(.offset) \(.value)"' "$M/$T/any.json@earliest..latest")"
for n in any@5 any@committed any@.. any@earliest..9; do
	fails 'No such file' cat "$M/$T/$n"
done
fails 'Operation not permitted' sh -c "echo x >>'$M/$T/any@-1'"
# what comes later
head -n 4 "$M/$T/any@latest.." >got & pid=$!
has_open() { [[ $(readlink "/proc/$1"/fd/*) == *any@latest..* ]]; }
wait_for 'has_open $pid || gone $pid' 5
for i in 31 32 33 34; do
	put "$i" "$M/$T/$((i % 3))"
	wait_for '[[ $(tail -n 1 "$M/$T/any@earliest") == $i ]]' 5
done
within 5000 wait "$pid"
same "$(seq 31 34)" "$(sort -n got)"	# each partition has its own way here
same none "$(committed "$T" 0)"
