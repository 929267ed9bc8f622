# grown-write.sh - a partition added can be written to at once, by a mount that has written to the topic before.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka topics grow
topic T 1
mount_up
echo first >>"$M/$T/0"
setfattr -n user.kafka.partitions -v 3 "$M/$T"
echo ours >>"$M/$T/2"
same ours "$(kconsume "$T" 2)"
# by somebody else
kafka_tool topics --alter --topic "$T" --partitions 5
wait_for '[[ -e $M/$T/4 ]]' 20
echo theirs >>"$M/$T/4"
same theirs "$(kconsume "$T" 4)"
# there never was such a one
fails 'not permitted' bash -c "echo none >>'$M/$T/5'"
