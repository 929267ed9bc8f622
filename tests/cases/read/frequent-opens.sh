# frequent-opens.sh - many short sessions leave no file, thread, or memory behind in the daemon.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
use() { ls "/proc/${daemon[M]}/fd" | wc -l; }
for _ in {1..20}; do put x "$M/$T/0"; cat "$M/$T/0" >/dev/null; done
before=$(use)
for _ in {1..100}; do head -c 1 "$M/$T/0" >/dev/null; : >>"$M/$T/0"; done
wait_for '(($(use) <= before + 3))' 5
