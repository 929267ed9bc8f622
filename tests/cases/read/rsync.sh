# rsync.sh - rsync, which believes the size it sees, never makes a file of zeros or a part.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need rsync
topic T 1
mount_up
seq -f 'line %.0f' 1 3000 >wanted
kproduce "$T" 0 <wanted
mkdir to
rsync -a --no-p --no-o --no-g "$M/$T/0" to/ || exit 0	# refusing is fine
[[ ! -s to/0 ]] || same_file wanted to/0
