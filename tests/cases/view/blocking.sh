# blocking.sh - "0@latest.." shows what arrives from the open on, and ends by a signal at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'old %.0f' 1 5 | kproduce "$T" 0
V=$M/$T/0@latest..
has_open() { [[ $(readlink "/proc/$1"/fd/*) == *0@latest..* ]]; }
for sig in INT TERM KILL; do
	bg cat "$V" >got
	wait_for 'has_open "$BG"' 5	# what arrives from here on
	put "mine $sig" "$M/$T/0"
	wait_for '[[ -s got ]]' 5
	echo "other $sig" | kproduce "$T" 0
	wait_for '[[ $(tail -n 1 got) == other* ]]' 5
	same_file <(printf '%s %s\n' mine "$sig" other "$sig") got
	within 500 kill -"$sig" "$BG"
	within 500 wait "$BG" || :
	gone "$BG"
done
status=0
within 1800 timeout 1 cat "$M/$T/0@earliest.." >got || status=$?
same 124 "$status"
same 11 "$(wc -l <got)"
same none "$(committed "$T" 0)"
# tools that want so much, and no more, end by themselves
for cmd in 'head -n 2' 'sed 2q' 'head -c 12' 'grep -m 2 new'; do
	# shellcheck disable=SC2086
	$cmd "$V" >got &
	pid=$!
	wait_for 'has_open $pid' 5
	printf '%s\n' 'new 1' 'new 2' 'new 3' | kproduce "$T" 0
	wait_for 'gone $pid' 5
	same_file <(printf '%s\n' 'new 1' 'new 2') got || fail "$cmd"
done
