# several-lines.sh - several lines in one write are as many messages.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
printf 'a\nbb\nccc\n' >>"$M/$T/0"
same "$(printf '0 1 a\n1 2 bb\n2 3 ccc')" "$(kconsume "$T" 0 -f '%o %S %s\n')"
