# json.sh - .json is one object a line, with key, headers, time and what is not text, for jq.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need jq
topic T 2
mount_up
kproduce "$T" 0 -k 'a "key"' -H h1=v1 -H h2= -H h1=again <<<'he said "no\yes"'
printf 'two\nlines\0zero\ttab' >file
kproduce "$T" 0 file
printf 'Grüße, 日本語 😀' >file
kproduce "$T" 0 -k ключ file
printf '\377\376\200' >file
kproduce "$T" 0 -k "$(printf '\303\050')" -H bin="$(printf '\300\200')" file
echo -n 'gone:' | kproduce "$T" 0 -K: -Z
echo -n ':' | kproduce "$T" 0 -K: -Z
V=$M/$T/0.json@earliest
same 6 "$(wc -l <"$V")"
q() { jq -rc "$2" "$M/$T/0.json@$1..+1"; }
same 'he said "no\yes"' "$(q 0 .value)"
same 'a "key"' "$(q 0 .key)"
same '[["h1","v1"],["h2",""],["h1","again"]]' "$(q 0 .headers)"
same "$T 0 0" "$(q 0 '"\(.topic) \(.partition) \(.offset)"')"
same '"two\nlines\u0000zero\ttab"' "$(q 1 '.value|tojson')"
same '[null,[]]' "$(q 1 '[.key,.headers]')"
same 'Grüße, 日本語 😀' "$(q 2 .value)"
same ключ "$(q 2 .key)"
same '{"base64":"//6A"}' "$(q 3 .value)"
same '{"base64":"wyg="}' "$(q 3 .key)"
same '[["bin",{"base64":"wIA="}]]' "$(q 3 .headers)"
same '["gone",null]' "$(q 4 '[.key,.value]')"
same '[null,null]' "$(q 5 '[.key,.value]')"
same '0 1 2 3 4 5' "$(jq .offset "$V" | xargs)"
now=$(now_ms)
same true "$(jq -s --argjson n "$now" 'all(.timestamp <= $n and .timestamp > $n - 120000)' "$V")"
same '["headers","key","offset","partition","timestamp","topic","value"]' "$(q 0 keys)"
same none "$(committed "$T" 0)"
