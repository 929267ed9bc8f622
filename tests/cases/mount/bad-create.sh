# bad-create.sh - create= with a topic Kafka would refuse, or numbers that are none: one line that names it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

mkdir mnt
long=$(printf 'x%.0s' {1..250})
for t in bad/name 'bad name' .. bäd ''; do
	refuses "$t" -o "create=$t:1:1" "$BROKERS" "$WORK/mnt"
done
refuses "${long:0:40}" -o "create=$long:1:1" "$BROKERS" "$WORK/mnt"
for t in bad:0:1 bad:x:1 bad:1:x bad:-1:1 bad: bad:1:1:1; do
	refuses "$t" -o "create=$t" "$BROKERS" "$WORK/mnt"
done
not is_mounted "$WORK/mnt"
