# head.sh - head takes over what it has read past; its last read stays unacknowledged.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form none 'head -n 1 0'
form none 'head -n 20 <0'
form 1365 'head -n 2000 0'
form end 'head -n 5000 0'
form end 'head -n -5 0'
form none 'head -c 100 0'
form end 'head -c -100 0'
form end '(head -n 1; cat) <0'
lines 5
form none 'head -n 1 0' 'head -n 1 0, short'
form end 'head -n 5 0; head -n 6 0'
# longer than a block (128 KiB): the end is looked at first, then all is read up to there
lines 20000
form 19114 'head -n -5 0' 'head -n -5 0, long'
form 19797 'head -c -100 0' 'head -c -100 0, long'
try_rows
