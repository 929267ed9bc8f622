# one-line-two-writers.sh - processes that share one open file write one message together.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 4
mount_up
(/usr/bin/printf a; /usr/bin/printf b) >>"$M/$T/0"
same ab "$(kconsume "$T" 0)"
exec 3>>"$M/$T/1"
printf 'a,' >&3
same '' "$(kconsume "$T" 1)" 'before the newline'
printf 'b\n' >&3
exec 3>&-
same a,b "$(kconsume "$T" 1)"
{ printf 'x'; /usr/bin/printf 'y'; cat <<<z; printf 'rest'; } >>"$M/$T/2"
same "$(printf 'xyz\nrest')" "$(kconsume "$T" 2)"
exec 4>>"$M/$T/3"
(printf 'child ' >&4)
/usr/bin/printf 'program ' >&4
exec 5>&4 4>&-
printf 'dup' >&5
same '' "$(kconsume "$T" 3)" 'while a descriptor is open'
exec 5>&-
same 'child program dup' "$(kconsume "$T" 3)"
