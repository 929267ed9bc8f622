# no-newline.sh - a rest without a newline becomes one message at the close.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
/usr/bin/printf 'no newline' >>"$M/$T/0"
same '0 10 no newline' "$(kconsume "$T" 0 -f '%o %S %s\n')"
printf 'line\nrest' >>"$M/$T/0"
printf 'end\n' >>"$M/$T/0"
same "$(printf '%s\n' 'no newline' line rest end)" "$(kconsume "$T" 0)"
