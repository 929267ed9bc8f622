# while-read.sh - a loop over "0@.." takes line by line, waits at the end, and loses none when killed.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq -f 'line %.0f' 1 5 | kproduce "$T" 0
cat >loop <<'E'
while IFS= read -r line; do
	echo "got $line" >>"$2"
	while [ -e "hold" ]; do sleep 0.02; done
	echo "did $line" >>"$2"
done < "$1"
E
p=0
for sh in bash dash; do
	command -v "$sh" >/dev/null || continue
	((p == 0)) || seq -f 'line %.0f' 1 5 | kproduce "$T" "$p"
	bg "$sh" ./loop "$M/$T/$p@.." "$sh.log"
	wait_for 'grep -qsx "did line 5" $sh.log' 10
	wait_for '[[ $(committed "$T" $p) == 5 ]]' 5	# it asked for the sixth
	put 'line 6' "$M/$T/$p"
	wait_for 'grep -qx "did line 6" $sh.log' 5
	wait_for '[[ $(committed "$T" $p) == 6 ]]' 5
	touch hold
	printf 'line 7\nline 8\n' | kproduce "$T" "$p"
	wait_for 'grep -qx "got line 7" $sh.log' 5
	kill -KILL "$BG"
	not wait "$BG"
	rm hold
	same 6 "$(committed "$T" "$p")" "$sh, killed at line 7"
	same 'line 7' "$(head -n 1 "$M/$T/$p")"
	bg "$sh" ./loop "$M/$T/$p@.." "$sh.log"
	wait_for 'grep -qx "did line 8" $sh.log' 10
	wait_for '[[ $(committed "$T" $p) == 8 ]]' 5
	kill -INT "$BG"
	not wait "$BG"
	same 8 "$(committed "$T" "$p")"
	p=$((p + 1))
done
