# sort.sh - what needs all lines takes all; tac, which reads backwards, nothing.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'sort 0'
form end 'sort -r 0'
form end 'sort -u 0'
form end 'uniq 0'
form end 'uniq -c -w 9 0'
form end 'rev 0'
form none 'tac 0'
form none 'tac <0'
try_rows
