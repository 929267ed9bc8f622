# default.sh - without group= the group is brokerfs-USER-HOST.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 5 | kproduce "$T" 0
mount_down
mkdir mnt
"$BFS" "$BROKERS" "$WORK/mnt"
same "$(seq 1 5)" "$(cat "mnt/$T/0")"
same 5 "$(committed "$T" 0 "brokerfs-$(id -un)-$(uname -n)")"
unmount_daemon "$WORK/mnt"
