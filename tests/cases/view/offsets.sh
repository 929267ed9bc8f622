# offsets.sh - ranges of offsets and counts give exactly the records they name.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 0 999 >all
kproduce "$T" 0 <all
is() { # RANGE FIRST LAST: of all, counted from 0
	if (($2 <= $3)); then sed -n "$(($2 + 1)),$(($3 + 1))p" all; fi >wanted
	cat "$M/$T/0@$1" >got
	same_file wanted got || fail "0@$1"
}
is 990 990 999
is 990..995 990 994
is 0..1 0 0
is -3 997 999
is -3..-1 997 998
is 2..+3 2 4
is 2..+0 1 0
is -5..+2 995 996
is earliest 0 999
is earliest..latest 0 999
is earliest..+1 0 0
is 999..latest 999 999
is latest 1 0
is latest..+5 1 0
is -2000 0 999
is -2000..10 0 9
is 10..-985 10 14
is committed 0 999
head -n 5 "$M/$T/0" >/dev/null	# one read took it all, but nothing is acknowledged
is committed..+1 0 0
cat "$M/$T/0" >/dev/null
is committed 1 0
echo more >>"$M/$T/0"
same more "$(cat "$M/$T/0@committed")"
same 'line 999 more' "$(xargs <"$M/$T/0@-2")"
