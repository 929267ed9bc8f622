# made.sh - topics made, grown and removed by file commands, as kafka-topics shows it; what can't be.
# SPDX-License-Identifier: MIT
. "$LIB/kafka_tools.sh"

tools_up
fresh T
mount_up -v KEEPS
mount_up -o allow_delete
C=$M/.brokerfs
listed() { # PATTERN: as the tool has them, and what ls has is the same
	kt topics --list || fail "$(<tool.out)"
	grep -x "$1" tool.out | paste -sd' ' >listed || :
	same "$(<listed)" "$(cd "$M" && ls | grep -x "$1" | paste -sd' ')"
}
described() { # TOPIC: sets what: "PARTITIONS REPLICATION"
	kt topics --describe --topic "$1" || fail "$(<tool.out)"
	what=$(sed -nE 's/^Topic: .*PartitionCount: ([0-9]+).*ReplicationFactor: ([0-9]+).*/\1 \2/p' tool.out)
}

mkdir "$M/$T-a" && echo x >"$M/$T-a/0"
same x "$(cat "$M/$T-a/0")"
described "$T-a"
same '1 1' "$what" 'partitions and replicas, which are the default of the brokers'
echo "$T-b:3" >"$C/create" && echo y >"$M/$T-b/2"
described "$T-b"
same '3 1' "$what"
printf '%s' "$T-c:2:1" >"$C/create"
described "$T-c"
same '2 1' "$what"
put "$T-d" "$C/create"
listed "$T-.*"
same "$T-a $T-b $T-c $T-d" "$(<listed)"

# Who can't, and in whose words.
fails 'File exists' mkdir "$M/$T-a"
fails 'File exists' put "$T-a" "$C/create"
attr "$C/create" error | grep -q "Topic '$T-a' already exists."
kt topics --create --topic "$T-a" && fail 'made twice' || grep -q "'$T-a' already exists." tool.out
fails 'Invalid argument' put "$T-e:1:9" "$C/create"
attr "$C/create" error | grep -qi 'replication factor'
kt topics --create --topic "$T-e" --replication-factor 9 && fail 'it has 9 replicas' ||
	grep -qi 'replication factor' tool.out
long=$(printf 'x%.0s' {1..250})
for bad in "a b" "a$T!" "ä"; do fails 'Invalid argument' mkdir "$M/$bad"; done
for bad in "a b:1" "a/b" "$T-e:0" "$T-e:" "$T-e:1:0" "$T-e:x" "$T-e:1:1:1" ":1" ".." "$T-e:-1"; do
	fails 'Invalid argument' put "$bad" "$C/create"
	attr "$C/create" error >/dev/null
done
attr "$M" error | grep -q 'is not a name that Kafka allows'
fails 'File name too long' mkdir "$M/$long"
fails 'File name too long' put "$long" "$C/create"
kt topics --create --topic "$long" && fail 'a long name is taken' || grep -q 'name is' tool.out
fails 'File exists' mkdir "$M/.brokerfs"
fails 'not permitted' mkdir "$M/$T-a/1"

# Partitions can only be added, which who writes and reads the topic here sees at once.
same y "$(cat "$M/$T-b/2")"
setfattr -n user.kafka.partitions -v 5 "$M/$T-b" && echo z >"$M/$T-b/4"
same z "$(cat "$M/$T-b/4")"
described "$T-b"
same "5 1 5" "$what $(attr "$M/$T-b" partitions)"
same "$(seq 0 4)" "$(ls "$M/$T-b")"
for bad in 5 4 0 -1 many '' 1e3; do
	fails 'Invalid argument' setfattr -n user.kafka.partitions -v "$bad" "$M/$T-b"
done
fails 'Invalid argument' setfattr -n user.kafka.partitions -v 4 "$M/$T-b"
kt topics --alter --topic "$T-b" --partitions 4 && fail 'it shrinks' || :
grep -qF "$(attr "$M/$T-b" error | sed "s/^topic $T-b: //")" tool.out || fail "$(<tool.out)"
fails 'not permitted' setfattr -x user.kafka.partitions "$M/$T-b"
described "$T-b"
same '5 1' "$what"

# Removed by who may, gone when that returns.
wait_for '[[ -d $KEEPS/$T-c ]]' 5
fails 'not permitted' rmdir "$KEEPS/$T-c"
listed "$T-.*"
same "$T-a $T-b $T-c $T-d" "$(<listed)"
rmdir "$M/$T-c" "$M/$T-b"
[[ ! -e $M/$T-c ]] || fail 'still there'
listed "$T-.*"
same "$T-a $T-d" "$(<listed)"
fails 'No such file' rmdir "$M/$T-c"
fails 'not permitted' rmdir "$C/groups/$GROUP/$T-a"
fails 'not permitted' rm "$M/$T-a/0"
mkdir "$M/$T-c" # again
rmdir "$M/$T-a" "$M/$T-d" "$M/$T-c"
listed "$T-.*"
same '' "$(<listed)"
mount_up -v RO -o ro,allow_delete
fails 'Read-only' mkdir "$RO/$T-r"
