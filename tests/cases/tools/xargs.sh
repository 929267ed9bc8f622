# xargs.sh - xargs and parallel take all.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'xargs -n 100 echo <0'
form end 'xargs -a 0 -n 100 echo'
lines 9
with parallel
form end 'parallel -k echo {} <0'
form end 'parallel -k -a 0 echo {}'
form end 'parallel -k --pipe -N 2 cat <0'
try_rows
