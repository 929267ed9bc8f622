# embedded.sh - the embedded broker makes topics and moves groups; what it can't do it says.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_mock 'has its own broker'
mount_up --embedded -o allow_delete
C=$M/.brokerfs
why() { getfattr --absolute-names --only-values -n user.kafka.error "$1"; }
mkdir "$M/t" && seq 3 >"$M/t/0"
echo u:3 >"$C/create" && seq 5 >"$M/u/2"
same 't u' "$(ls "$M" | paste -sd' ')"
same 't 1 1 3,u 3 1 5' "$(awk 'NR > 1 { $1 = $1; print }' "$C/topics" | paste -sd,)"
fails 'File exists' mkdir "$M/t"
fails 'File exists' put t:2 "$C/create"
fails 'Invalid argument' put v:1:2 "$C/create"
[[ $(why "$C/create") == *'one replica'* ]] || fail "$(why "$C/create")"
fails 'not supported' rmdir "$M/t"
fails 'not supported' setfattr -n user.kafka.partitions -v 2 "$M/t"
fails 'not supported' setfattr -n user.kafka.config.retention.ms -v 1 "$M/t"
[[ $(why "$M/t") == *'embedded broker has no settings'* ]] || fail "$(why "$M/t")"
# It is a broker for others, too, which brokers tells them of.
read -r _ host port _ < <(tail -n 1 "$C/brokers")
same "$(seq 3)" "$(kcat -C -q -e -b "$host:$port" -t t -p 0)"
same "$(seq 2)" "$(head -n 2 "$M/u/2" && cat "$M/u/2" >/dev/null)"
echo 1 >"$C/groups/$GROUP/u/2.offset"
same 'u 2 1 5 4' "$(awk 'NR > 1 { $1 = $1; print }' "$C/lag")"
same "$(seq 2 5)" "$(cat "$M/u/2")"
mkdir "$C/groups/other"
echo latest >"$C/groups/other/u/.offset"
same '0 0 1 0 2 5' "$(awk 'NR > 1 { print $1, $2 }' "$C/groups/other/u/.offset" | paste -sd' ')"
