# wc.sh - wc -l counts the messages, wc -c on a fresh session their bytes; only reading on consumes.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 1 3000 >wanted
kproduce "$T" 0 <wanted
same "$(wc -c <wanted)" "$(wc -c <"$M/$T/0")"
same "$(wc -c <wanted)" "$(wc -c "$M/$T/0" | cut -d ' ' -f 1)"
same 3000 "$(wc -l <"$M/$T/0")"
same '' "$(cat "$M/$T/0")"
same 0 "$(wc -c <"$M/$T/0")"
