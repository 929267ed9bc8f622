# frequent-opens.sh - many short sessions leave no open file behind in the daemon.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
ls "/proc/${daemon[M]}/fd" >/dev/null 2>&1 || skip "only root may look into a daemon that keeps secrets"
use() { ls "/proc/${daemon[M]}/fd" | wc -l; }
sessions() { # N
	local i
	for ((i = 0; i < $1; i++)); do
		echo x >>"$M/$T/0"
		head -c 1 "$M/$T/0" >/dev/null
		cat "$M/$T/0" >/dev/null
		: >>"$M/$T/0"
	done
}
sessions 30
before=$(use)
sessions 100
# a connection or two may have come or gone
wait_for '(($(use) <= before + 15))' 5
