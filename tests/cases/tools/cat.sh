# cat.sh - cat to the end takes all.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'cat 0'
form end 'cat <0'
form end 'cat -n 0'
form end 'cat 0 >$OUT/copy'
form end 'cat 0 | cat'
try_rows
