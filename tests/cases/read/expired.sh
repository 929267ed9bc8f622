# expired.sh - records that the broker dropped before they were read are skipped, with a warning.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
same "$(seq 1 5)" "$(cat "$M/$T/0")"
seq -f 'line %08.0f with some padding to make it long enough' 1 200000 >many
kproduce "$T" 0 <many
(($(kconsume "$T" 0 | wc -l) < 200000)) || fail "the mock has dropped nothing"
kconsume "$T" 0 >wanted
cat "$M/$T/0" >got
same_file wanted got
grep -iE 'expired|skipped|oldest|truncated|gone' M.log
