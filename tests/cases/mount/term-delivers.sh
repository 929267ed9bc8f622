# term-delivers.sh - what was accepted is delivered and what was acknowledged is committed at SIGTERM.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
seq 1 5 | kproduce "$T" 1
exec 3>>"$M/$T/0" 4<"$M/$T/1"
seq 1 2000 >&3
for l in 1 2 3; do read -r got <&4; same "$l" "$got"; done
kill -TERM "${daemon[M]}"
daemon_ends M 5
exec 3>&- 4<&- || :
same "$(seq 1 2000)" "$(kconsume "$T" 0)"
same 2 "$(committed "$T" 1)"
