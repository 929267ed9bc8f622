# uutils.sh - uutils' tools, which splice, get every byte of views.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

uu=coreutils	# GNU's has another --help
need "$uu"
[[ $("$uu" --help 2>&1) == *'multi-call binary'* ]] || skip "there is no uutils coreutils"
topic T 1
mount_up
seq -f 'line %.0f' 0 19999 >wanted
kproduce "$T" 0 <wanted
for r in earliest..latest 0..20000 earliest -20000; do
	for tool in cat 'head -n 99999' 'tail -n +1' 'head -c 9999999' 'tail -n 99999'; do
		# shellcheck disable=SC2086
		"$uu" $tool "$M/$T/0@$r" >got
		same_file wanted got || fail "$tool of $r"
	done
	rm -f got
	"$uu" cp "$M/$T/0@$r" got
	same_file wanted got || fail "cp of $r"
	same 20000 "$("$uu" wc -l <"$M/$T/0@$r")"
	same "$(wc -c <wanted)" "$("$uu" wc -c <"$M/$T/0@$r")"
	"$uu" tac "$M/$T/0@$r" >got
	same_file <(tac wanted) got
done
# one that waits at its end
bg "$uu" cat "$M/$T/0@earliest.." >got
wait_for 'cmp -s wanted got' 10
echo last >>"$M/$T/0"
wait_for '[[ $(tail -n 1 got) == last ]]' 10
kill -INT "$BG"
not wait "$BG"
