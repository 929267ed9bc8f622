# ready.sh - the parent returns 0 once the mount answers, and keeps nothing of its caller's open.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic_now T 2
mkdir mnt
# a daemon that kept its caller's stdout would keep this substitution waiting
out=$(timeout 10 "$BFS" -o "group=$GROUP" "$BROKERS" "$WORK/mnt" 2>&1)
has "$(ls mnt)" "$T"
same "$(printf '0\n1')" "$(ls "mnt/$T")"
same '' "$out" 'what the parent said'
unmount_daemon "$WORK/mnt"
rmdir mnt
