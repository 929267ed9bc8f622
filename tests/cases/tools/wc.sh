# wc.sh - wc -l, -w, -L read all; -c believes a size that is no multiple of a page, and reads nothing.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'wc -l 0'
form end 'wc -w 0'
form end 'wc -L 0'
form end 'wc -l <0'
form end 'wc 0 | xargs' 'wc 0'	# the width of its columns comes from the unopened size
form none 'wc -c 0'
form none 'wc -c <0'
try_rows
