# ready-readers.sh - fifty followers at the end cost ls nothing, and all of them hear.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 50
mount_up
for p in {0..49}; do
	tail -n +1 -f "$M/$T/$p" >"got$p" 2>&1 &
done
for p in {0..49}; do put "$p" "$M/$T/$p"; done
for _ in {1..5}; do within 500 ls -l "$M" "$M/$T" >/dev/null; done
for p in {0..49}; do wait_for "[[ \$(<got$p) == $p ]]" 15; done
