# splice-after-read.sh - who splices on where another program stopped reading gets the rest, too.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need busybox
topic T 1
mount_up
seq -f 'line %.0f' 0 19999 >all
# a short first batch: an open is content with it, and the kernel knows of no more
head -n 1 all | kproduce "$T" 0
tail -n +2 all | kproduce "$T" 0
for n in {1..10}; do
	{ IFS= read -r line; busybox cat; } <"$M/$T/0@earliest" >got
	same 'line 0' "$line"
	same_file <(tail -n +2 all) got
done
{ IFS= read -r line; busybox cat; } <"$M/$T/0" >got
same 'line 0' "$line"
same_file <(tail -n +2 all) got
