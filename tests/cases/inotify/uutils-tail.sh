# uutils-tail.sh - uutils' tail -f, which waits for inotify on any file system, shows what arrives.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need kcat coreutils
coreutils tail --version >tail.version 2>&1 || skip "coreutils is not uutils'"
not grep -q GNU tail.version
topic_now T 1
seq -f 'old %g' 1 20 | kproduce "$T" 0
mount_up
coreutils tail -f "$M/$T/0" >seen 2>tail.err &
seq -f 'old %g' 11 20 >wanted
wait_for 'cmp -s wanted seen' 10
for i in 1 2 3; do
	echo "new $i" | kproduce "$T" 0
	echo "new $i" >>wanted
	wait_for 'cmp -s wanted seen' 5 || same_file wanted seen
done
