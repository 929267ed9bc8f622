# names.sh - views can be named, but are not listed; names that do not parse do not exist.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq 1 3 | kproduce "$T" 0
for n in 0@0 0@-1 0@.. 0@earliest..latest 0.json 0.kv 0.raw 0.json@latest.. 0.kv@-1h 0@-1ms \
	0@2026-11-22T10:00:00Z..2026-11-22 0@2026-11-22T10:00+01:00 1.raw@0..+1 0@committed..; do
	[[ -f $M/$T/$n ]] || fail "no $n"
	stat "$M/$T/$n" >/dev/null
done
same '0 1' "$(cd "$M/$T" && echo *)"
same $'0\n1' "$(ls -A "$M/$T")"
same 2 "$(find "$M/$T" -type f | wc -l)"
for n in 0@ 0..20 0@..10 0@... 0@1...2 0@01 0@-0 0@+5 0@5- 0@--5 0@a 0@1..b 0@Latest 5 \
	0.json. 0.JSON 0.xml .json 0json 0@1@2 0@1.json 0@1h 0@-1x 0@-1y 0@2026-02-30 0@2026-13-01 \
	0@2026-11-22T24:00 0@2026-11-22T10 0@9223372036854775808 00@0 2@0 -1@0 'any@' ' 0@0' '0@ 0' \
	'0@0 ' 0@0..+ 0@latest..-5m.. 0@0..+-1 .@0; do
	not test -e "$M/$T/$n"
	fails 'No such file' cat "$M/$T/$n"
done
fails 'No such file' cat "$M/$T-not/0@0"
