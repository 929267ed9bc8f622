# deleted.sh - a topic deleted by Kafka's own tool disappears; its reader gets ESTALE.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'deletes a topic'
topic T 1
mount_up -o refresh=1
seq 1 5 | kproduce "$T" 0
exec 3<"$M/$T/0"
read -r l <&3
same 1 "$l"
kafka_tool topics --delete --topic "$T"
wait_for 'ls "$M" >/dev/null; [[ ! -e $M/$T ]]' 5
wait_for '! cat <&3 >rest 2>err' 10
grep -q 'Stale file handle' err
