# grep.sh - grep to the end takes all; what stops at the first match takes nothing.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'grep 99 0'
form end 'grep -c line 0'
form end 'grep -vn 1 <0'
form end 'grep -r 77 .'
form none 'grep -m1 line 0'
form none 'grep -l line 0'
form none 'grep -q line 0; echo $?'
try_rows
