# live-member.sh - while the group has live members the first read is EBUSY and shows nothing; later it works.
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
same 1 "$(wc -l <fails.out)" "lines of '$(<fails.out)'"
py "$M/$T/0" "$GROUP" <<'E'
from cases import *
why = os.getxattr(sys.argv[1], "user.kafka.error").decode()
if "group %s has 1 live member," % sys.argv[2] not in why:
    die(why)
E
fails 'Device or resource busy' cat "$M/$T/0"
same none "$(committed "$T" 0)"
kill -TERM "$member"
wait "$member" || :
wait_for 'cat "$M/$T/0" >got 2>err' 20
same "$(seq 1 5)" "$(<got)"
same 5 "$(committed "$T" 0)"
