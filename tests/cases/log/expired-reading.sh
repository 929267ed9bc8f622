# expired-reading.sh - records that expire under a reader are ESTALE; a reopen goes on at the oldest.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka delete-records
topic T 1
mount_up -o window=1M
seq -f '%0999.0f' 1 100000 | kproduce "$T" 0
exec 3<"$M/$T/0"
read -r l <&3
same "$(printf '%0999d' 1)" "$l"
read -r l <&3
# more than any buffer on the way holds is still to come
expire "$T" 0 95000
fails 'Stale file handle' cat <&3
fails 'Stale file handle' cat <&3
exec 3<&-
(($(committed "$T" 0) < 95000)) || fail "committed $(committed "$T" 0)"
seq -f '%0999.0f' 95001 100000 >wanted
cat "$M/$T/0" >got
same_file wanted got
same 100000 "$(committed "$T" 0)"
