# queue.sh - a group's own queue file moves that group only; there is no any in it, and views see it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
N=other-$T
mkdir "$M/.brokerfs/groups/$N"
D=$M/.brokerfs/groups/$N/$T
seq 1 9 >"$M/$T/0"
same "$(seq 1 3)" "$(head -n 3 "$D/0@earliest")"
same - "$(cat "$D/0.offset")"
tail -n +1 -f "$D/0" >got &
wait_for '(($(wc -l <got) == 9))' 10
seq 10 12 >>"$M/$T/0"
wait_for '[[ $(cat "$D/0.offset") == 12 ]]' 15
same "$(seq 1 12)" "$(<got)"
same '12 0' "$(getfattr --only-values --absolute-names -n user.kafka.committed "$D/0") $(
	getfattr --only-values --absolute-names -n user.kafka.lag "$D/0")"
kill -TERM %%
same none "$(committed "$T" 0)"
same 12 "$(committed "$T" 0 "$N")"
same - "$(getfattr --only-values --absolute-names -n user.kafka.committed "$M/$T/0")"
same 1 "$(head -n 1 "$M/$T/0")"
same '{"v":1}' "$(put '{"value":"{\"v\":1}"}' "$D/0.json" && cat "$D/0")"
same 13 "$(committed "$T" 0 "$N")"
fails 'No such file' cat "$D/any"
fails 'No such file' cat "$D/7.offset"
fails 'not permitted' touch "$D/new"
fails 'not permitted' mkdir "$D/new"
fails 'not permitted' rm "$D/0.offset"
