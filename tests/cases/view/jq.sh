# jq.sh - jq reads .json views of every kind, and .json itself, which consumes.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need jq
topic T 1
mount_up
for i in {0..999}; do echo "k$((i % 7)):{\"n\":$i}"; done | kproduce "$T" 0 -K:
seq 0 999 >all
for r in earliest 0..1000 earliest..latest -1000 -1000..latest 0..+1000 committed; do
	jq '.value | fromjson.n' "$M/$T/0.json@$r" >got
	same_file all got || fail "0.json@$r"
done
same 142 "$(jq -s 'map(select(.key == "k6")) | length' "$M/$T/0.json@earliest..latest")"
same '["k4",998]' "$(jq -c '[.key, (.value|fromjson.n)]' "$M/$T/0.json@998..999")"
jq --unbuffered -c '.value | fromjson.n' "$M/$T/0.json@990.." >got &
wait_for '(($(wc -l <got) == 10))' 5
echo '{"n":1000}' >>"$M/$T/0"
wait_for '[[ $(tail -n 1 got) == 1000 ]]' 5
kill %% && wait %% || :
same none "$(committed "$T" 0)"
seq 0 1000 >all
jq '.value | fromjson.n' "$M/$T/0.json" >got
same_file all got
same 1001 "$(committed "$T" 0)"
same '' "$(cat "$M/$T/0")"
same '' "$(jq . "$M/$T/0.json")"
