# rsync.sh - rsync in place sends all, though it cuts the file where it ended; other cuts are refused.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need rsync
topic T 2
mount_up
seq 1 30000 >wanted
rsync --inplace --append wanted "$M/$T/0"
rsync --inplace wanted "$M/$T/1"
for p in 0 1; do
	kconsume "$T" "$p" >got
	same_file wanted got
done
fails 'Operation not permitted' truncate -s 0 "$M/$T/0"
fails 'Operation not permitted' truncate -s 168894 "$M/$T/0"
