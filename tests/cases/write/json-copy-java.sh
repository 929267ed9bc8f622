# json-copy-java.sh - Kafka's own client finds that a copy through .json is the same, in each field.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'it is its client that compares'
N=${N:-2000} SEED=${SEED:-$RANDOM}
echo "N=$N SEED=$SEED"
topic A 4
topic B 4
topic C 5
topic D 3
mount_up
JARS=${KAFKA_CP:-$(cluster env | sed -n "s/^export KAFKA_CP='\(.*\)'$/\1/p")}
records() { # VERB ARGS...
	"${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
		-Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp "$JARS" \
		"$ROOT/tests/tools/Records.java" "$1" "$BROKERS" "${@:2}"
}
alike() { same "$N records are the same" "$("${@}" || :)" "$*"; }
json() { echo "$M/$1/$2.json"; } # TOPIC FILE

for p in {0..3}; do
	"$BUILD/tests/records" produce "$BROKERS" "$A" "$p" $((N / 4)) $((SEED + p))
	cat "$(json "$A" "$p")@earliest..latest" >"$(json "$B" "$p")"
done
alike records compare "$A" "$B" 0 1 2 3

# by key, from the partitions in turn, and then as a member of the group reads it
cat "$M/$A/"{0..3}.json@earliest..latest >"$(json "$C" any)"
alike records keys "$A" "$C"
timeout $((50 * SLOW)) head -n "$N" "$(json "$C" any)" >"$(json "$D" any)"
alike records keys "$C" "$D"

# A difference in any field, in the order, or in the count does not escape it.
topic X 10
topic Y 10
topic V 1
topic W 2
topic Z 3
mount_up -v M2
at=$(($(now_ms) - 60000))
x='{"key":"k","value":"v","timestamp":'$at',"headers":[["a","1"],["a","2"],["b",null]]}'
wanted=()
edit() { # PARTITION WHAT FROM TO: in Y it is another
	printf '%s\n' "$x" "$x" >>"$M2/$X/$1.json"
	printf '%s\n' "$x" "${x/"$3"/"$4"}" >>"$M2/$Y/$1.json"
	wanted+=("different: $2: $X/$1 offset 1 has ")
}
edit 0 key '"k"' null
edit 1 key '"k"' '""'
edit 2 value '"v"' null
edit 3 value '"v"' '{"base64":"dgA="}'
edit 4 'value of header 0' '["a","1"],["a","2"]' '["a","2"],["a","1"]'
edit 5 'value of header 2' '["b",null]' '["b",""]'
edit 6 headers '["a","1"],' ''
edit 7 'name of header 2' '["b"' '[""'
edit 8 timestamp "$at" $((at + 1))
put "$x" "$M2/$Y/9.json"
wanted+=("different: count: $X-9 ends after 0 records")
status=0
records compare "$X" "$Y" {0..9} >got || status=$?
same 1 "$status"
mapfile -t got <got
for i in "${!wanted[@]}"; do
	[[ ${got[i]} == "${wanted[i]}"* ]] || fail "${got[i]}, not ${wanted[i]}"
done
same '9 records are the same' "${got[10]}"
seen() { # WORDS TOPIC
	records keys "$V" "$2" >got && fail "it saw no difference in $2"
	[[ $(<got) == "different: $1"* ]] || fail "$(<got)"
}
y='{"value":"1","timestamp":'$at'}'
printf '%s\n' "$x" "$x" "$y" >"$M2/$V/0.json"
printf '%s\n' "$x" "$y" >"$M2/$Z/any.json"
seen missing "$Z"
put "$x" "$M2/$W/0.json"
put "$x" "$M2/$W/1.json"
seen 'partition: ' "$W"
