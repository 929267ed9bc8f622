# interrupt-read.sh - Ctrl-C and kill -9 end a waiting reader at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 2
mount_up -o timeout=30
seq 1 5 | kproduce "$T" 0
same "$(seq 1 5)" "$(cat "$M/$T/0")"
ends_by() { # SIGNAL COMMAND...: it waits until the signal comes after a second, and no longer
	local status=0
	within 2000 timeout -s "$1" 1 "${@:2}" || status=$?
	((status == 124 || status == 137)) || fail "'${*:2}' did not wait: $status"
}
freeze
for p in 0 1; do
	ends_by INT cat "$M/$T/$p"
	ends_by KILL cat "$M/$T/$p"
	ends_by TERM tail -n 1 "$M/$T/$p"
done
thaw
put 6 "$M/$T/1"
wait_for '[[ $(cat "$M/$T/1") == 6 ]]' 10
