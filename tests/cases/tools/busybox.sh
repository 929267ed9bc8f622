# busybox.sh - the tools of busybox, which splice and send files, get every byte.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

with busybox
form end 'busybox cat 0'
form end 'busybox cp 0 $OUT/copy'
form end 'busybox wc -l 0'
form end 'busybox wc -c 0'
form none 'busybox head -n 1 0'
form none 'busybox tail -n 3 0'
form end 'busybox tail -n +1 0'
follow none 'busybox tail -f 0'
follow end 'busybox tail -n +1 -f 0'
lines 5
follow end 'busybox tail -f 0' 'busybox tail -f 0, short'
try_rows
