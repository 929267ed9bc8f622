# fstab.sh - mount -t fuse.brokerfs works with the options that fstab lines have.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_root
need mount mount.fuse3
topic_now T 1
mkdir mnt
export PATH=${BFS%/*}:$PATH
mount -t fuse.brokerfs -o "rw,group=$GROUP,_netdev,noauto,nosuid,nodev,noatime,x-a.b=c" "$BROKERS" "$WORK/mnt"
has "$(ls mnt)" "$T"
put hello "mnt/$T/0"
same hello "$(cat "mnt/$T/0")"
same "$BROKERS fuse.brokerfs" "$(awk -v at="$WORK/mnt" '$2 == at { print $1, $3 }' /proc/mounts)"
same 1 "$(committed "$T" 0)" 'committed offset in the group named'
umount mnt
wait_for '[[ -z $(daemons_of "$WORK/mnt") ]]' 5
