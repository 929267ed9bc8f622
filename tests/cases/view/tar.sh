# tar.sh - tar
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need tar
topic T 1
mount_up
seq -f 'line %.0f' 0 4999 >all
kproduce "$T" 0 <all
status=0
tar -C "$M/$T" -cf t.tar 0@0..5000 || status=$?
echo "status $status"; tar tvf t.tar
exec 5<"$M/$T/0@0..5000"
tar -C "$M/$T" -cf t.tar 0@0..5000 || status=$?
echo "status $status"; tar tvf t.tar
ls -l "$M/$T/0@0..5000"
rsync -a "$M/$T/0@0..5000" to || status=$?
echo "status $status"; wc to
tar -h -cf t.tar /proc/$$/fd/5; tar tvf t.tar; tar xOf t.tar  | cmp - all
