# live-member.sh - while the group has live members a read is EBUSY and moves nothing; afterwards it works.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'group membership'
topic T 1
topic U 1
mount_up
seq 1 5 | kproduce "$T" 0
kcat -G "$GROUP" -b "$BROKERS" "$U" >member 2>member.err &
member=$!
wait_for 'grep -q assigned member.err' 20
fails 'Device or resource busy' cat "$M/$T/0"
same none "$(committed "$T" 0)"
kill -TERM "$member"
wait "$member" || :
wait_for 'cat "$M/$T/0" >got 2>err' 20
same "$(seq 1 5)" "$(<got)"
same 5 "$(committed "$T" 0)"
