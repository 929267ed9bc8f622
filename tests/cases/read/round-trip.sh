# round-trip.sh - what cat writes into one partition, cat reads from it, for any bytes.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
head -c 2000000 /dev/urandom >wanted
echo >>wanted
cat wanted >>"$M/$T/0"
cat "$M/$T/0" >got
same_file wanted got
