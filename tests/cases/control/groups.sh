# groups.sh - another group's queue, where it stands, and moving it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
N=other-$T
G=$M/.brokerfs/groups/$N
mkdir "$G"
fails 'File exists' mkdir "$G"
seq 1 9 >"$M/$T/0"
same - "$(cat "$G/$T/0.offset")"
exec 3<"$G/$T/0"
for i in 1 2 3 4; do read -r line <&3 && same "$i" "$line"; done
exec 3<&-
wait_for '[[ $(cat "$G/$T/0.offset") == 3 ]]' 5
same "3" "$(committed "$T" 0 "$N")"
same none "$(committed "$T" 0)"
# the mock broker does not list what a group has committed
[[ $TARGET != kafka ]] || same "$T 0 3 9 6" "$(awk 'NR > 1 { print $1, $2, $3, $4, $5 }' "$G/lag")"
echo +2 >"$G/$T/0.offset"
same 6 "$(head -n 1 "$G/$T/0@committed")"
same "$(seq 6 9)" "$(cat "$G/$T/0")"
same 9 "$(cat "$G/$T/0.offset")"
echo 1 >"$G/$T/0.offset"
same 2 "$(head -n 1 "$G/$T/0")"
echo earliest >"$G/$T/.offset"
same '0 0 1 0' "$(awk 'NR > 1 { print $1, $2 }' "$G/$T/.offset" | xargs)"
echo latest >"$G/$T/.offset"
same '0 9 1 0' "$(awk 'NR > 1 { print $1, $2 }' "$G/$T/.offset" | xargs)"
same 9 "$(committed "$T" 0 "$N")"
for bad in 10 -10 seven committed; do
	fails 'Invalid argument' bash -c "echo $bad >'$G/$T/0.offset'"
	same 9 "$(cat "$G/$T/0.offset")"
done
getfattr --only-values -n user.kafka.error "$G/$T/0.offset" | grep -q committed
# not under a reader
echo 0 >"$G/$T/0.offset"
exec 3<"$G/$T/0"
read -r line <&3
same 1 "$line"
fails 'busy' bash -c "echo 5 >'$G/$T/0.offset'"
exec 3<&-
wait_for 'echo 5 >"$G/$T/0.offset"' 5
same 6 "$(head -n 1 "$G/$T/0")"
# each group has its own reader of a partition
same 1 "$(head -n 1 "$M/$T/0")"
