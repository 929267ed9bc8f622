# truncating.sh - > is the same as >>: opening with O_TRUNC erases nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
echo a >"$M/$T/0"
echo b >"$M/$T/0"
echo c >>"$M/$T/0"
same "$(printf 'a\nb\nc')" "$(kconsume "$T" 0)"
same "$(printf 'a\nb\nc')" "$(cat "$M/$T/0")"
