# expired.sh - records that expired before they were read are skipped with a warning.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka delete-records
topic T 1
mount_up
seq 1 100 | kproduce "$T" 0
same "$(seq 1 100)" "$(cat "$M/$T/0")"
seq 101 200 | kproduce "$T" 0
expire "$T" 0 150
same "$(seq 151 200)" "$(cat "$M/$T/0")"
grep -qF "50 records expired before group $GROUP read them" M.log
same 200 "$(committed "$T" 0)"
# all of it
seq 201 300 | kproduce "$T" 0
expire "$T" 0 300
same '' "$(within 2000 cat "$M/$T/0")"
put 301 "$M/$T/0"
same 301 "$(cat "$M/$T/0")"
same 301 "$(committed "$T" 0)"
# and without a commit
mount_up -v N -o "group=$GROUP-2"
seq 302 310 | kproduce "$T" 0
expire "$T" 0 305
same "$(seq 306 310)" "$(cat "$N/$T/0")"
same 310 "$(committed "$T" 0 "$GROUP-2")"
