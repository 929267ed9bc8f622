# busybox.sh - busybox's tools, which splice and sendfile, get every byte of views.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need busybox
topic T 1
mount_up
seq -f 'line %.0f' 0 19999 >wanted
# a short first batch: an open is content with it
head -n 1 wanted | kproduce "$T" 0
tail -n +2 wanted | kproduce "$T" 0
for r in earliest..latest 0..20000 earliest -20000; do
	for tool in cat 'head -n 99999' 'tail -n +1' 'sed -n p' 'grep line' 'head -c 9999999'; do
		# shellcheck disable=SC2086
		busybox $tool "$M/$T/0@$r" >got
		same_file wanted got || fail "$tool of $r"
	done
	rm -f got
	busybox cp "$M/$T/0@$r" got
	same_file wanted got || fail "cp of $r"
	same 20000 "$(busybox wc -l <"$M/$T/0@$r")"
	same "$(md5sum <wanted)" "$(busybox md5sum <"$M/$T/0@$r")"
done
# one that waits at its end
bg busybox cat "$M/$T/0@earliest.." >got
wait_for 'cmp -s wanted got' 10
echo last >>"$M/$T/0"
wait_for '[[ $(tail -n 1 got) == last ]]' 10
kill -INT "$BG"
not wait "$BG"
