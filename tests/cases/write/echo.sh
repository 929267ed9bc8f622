# echo.sh - echo produces one message, without its newline.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
put 'hello world' "$M/$T/0"
echo again >>"$M/$T/0"
same "$(printf '0 11 hello world\n1 5 again')" "$(kconsume "$T" 0 -f '%o %S %s\n')"
same '' "$(kconsume "$T" 1)"
