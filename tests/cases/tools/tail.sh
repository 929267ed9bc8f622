# tail.sh - tail of the last lines takes nothing over, from a line on it takes what it read past.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form none 'tail 0'
form none 'tail -n 3 0'
form none 'tail -n 3 <0'
form none 'tail -c 30 0'
form none 'tail -c +101 0'
form end 'tail -n +1 0'
form end 'tail -n +2990 0'
form end 'tail -c +1 0'
lines 5
form none 'tail -n 3 0' 'tail -n 3 0, short'
form end 'tail 0' 'tail 0, short'
try_rows
