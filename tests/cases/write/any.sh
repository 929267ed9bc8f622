# any.sh - any is the whole topic: the key says which partition, as Java's client has it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 7
topic S 3
mount_up
paste <(seq -f 'key-%.0f' 300) <(seq -f 'value %.0f' 300) >lines
cat lines >"$M/$T/any.kv"
where() { # TOPIC PARTITIONS: partition and key, of all records
	local p
	for ((p = 0; p < $2; p++)); do cut -f 1 "$M/$1/$p.kv@0" | sed "s/^/$p /"; done | sort
}
cat "$M/$T/"{0..6}.kv@0 | sort >got
sort lines >want
same_file want got
where "$T" 7 >first
for p in {0..6}; do grep -q "^$p " first || fail "nothing in partition $p"; done
cp lines "$M/$T/any.kv"
where "$T" 7 | uniq >second
same_file first second
# murmur2, by hand: Java's Utils.toPositive(Utils.murmur2(key)) % 7
py first <<'E2'
from cases import *
def murmur2(data):
    m, mask, n = 0x5bd1e995, 0xffffffff, len(data)
    h = (0x9747b28c ^ n) & mask
    for i in range(0, n - n % 4, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    for i in range(n % 4 - 1, -1, -1):
        h ^= data[n - n % 4 + i] << 8 * i
    if n % 4:
        h = h * m & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7fffffff
for line in open(sys.argv[1]):
    p, key = line.split()
    same(murmur2(key.encode()) % 7, int(p), key)
E2
# without keys all lines arrive, whole; other formats, errors
seq 1000 >>"$M/$S/any"
echo '{"key":"k","value":"v","headers":[["a","b"]]}' >>"$M/$S/any.json"
cp lines "$M/$S/any.raw"
cat "$M/$S/"{0..2}@0 | sort >got
{ seq 1000; echo v; cat lines; echo; } | sort >want
same_file want got
fails 'Invalid argument' put x "$M/$S/any.json"
[[ $(getfattr --only-values -n user.kafka.error "$M/$S/any") == *"$S/any.json: 'x'"* ]] || fail 'no reason'
# it is not listed
same "$(printf '%s\n' 0 1 2)" "$(ls "$M/$S")"
[[ -f $M/$S/any && -w $M/$S/any ]]
[[ $TARGET == kafka ]] || exit 0
tr '\t' : <lines >java
kafka_tool console-producer --topic "$T" --property parse.key=true --property key.separator=: <java
where "$T" 7 | uniq >third
same_file first third
