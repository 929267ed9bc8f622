# rsync.sh - rsync, which believes the size it saw before it opened, makes no part of a view.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need rsync
topic T 1
mount_up
seq -f 'line %.0f' 0 4999 >all
kproduce "$T" 0 <all
mkdir to
status=0
rsync -a --no-p --no-o --no-g "$M/$T/0@0..5000" to/ || status=$?
echo "status $status, $(wc -c <to/0@0..5000) bytes"
