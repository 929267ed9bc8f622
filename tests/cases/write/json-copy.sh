# json-copy.sh - a partition copied through .json is the same partition, field by field, for others.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

N=${N:-1500} SEED=${SEED:-$RANDOM}
echo "N=$N SEED=$SEED"
topic A 2
topic B 2
topic C 2
mount_up
for p in 0 1; do
	"$BUILD/tests/records" produce "$BROKERS" "$A" $p $((N / 2)) $((SEED + p))
	cat "$M/$A/$p.json@earliest..latest" >"$M/$B/$p.json"
	dd if="$M/$A/$p.json@earliest..latest" of="$M/$C/$p.json" bs=777 status=none
done
for p in 0 1; do
	for t in "$A" "$B" "$C"; do "$BUILD/tests/records" show "$BROKERS" "$t" $p >"shown.$t"; done
	same $((N / 2)) "$(wc -l <"shown.$A")"
	same_file "shown.$A" "shown.$B"
	same_file "shown.$A" "shown.$C"
done
