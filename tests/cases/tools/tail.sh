# tail.sh - tail of the last lines takes nothing, unless the file is so short that it reads all of it.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form none 'tail 0'
form none 'tail -n 3 0'
form none 'tail -n 3 <0'
form end 'tail -c 30 0'
form none 'tail -c +101 0'
form end 'tail -n +1 0'
form end 'tail -n +2990 0'
form end 'tail -c +1 0'
lines 5
form none 'tail -n 3 0' 'tail -n 3 0, short'
form none 'tail 0' 'tail 0, short'
# longer than a block (128 KiB)
lines 20000
form none 'tail -n 3 0' 'tail -n 3 0, long'
form none 'tail -c 30 0' 'tail -c 30 0, long'
try_rows
