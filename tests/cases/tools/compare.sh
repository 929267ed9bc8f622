# compare.sh - join, comm, diff and cmp see no difference to an ordinary file with the same lines.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'join 0 $FILE'
form end 'comm 0 $FILE'
form end 'diff 0 $FILE && echo same'
form end 'diff $FILE 0 && echo same'
form end 'cmp 0 $FILE && echo same'
try_rows
