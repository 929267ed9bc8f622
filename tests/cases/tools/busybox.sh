# busybox.sh - the tools of busybox, which splice and send files, get every byte.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

with busybox
form end 'busybox cat 0'
form end 'busybox cp 0 $OUT/copy'
form end 'busybox wc -l 0'
form end 'busybox wc -c 0'
form none 'busybox head -n 1 0'
form end 'busybox tail -n 3 0'	# reads all, from the beginning
form end 'busybox tail -n +1 0'
follow end 'busybox tail -f 0'
follow end 'busybox tail -n +1 -f 0'
try_rows
