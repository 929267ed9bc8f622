# fstab.sh - mount(8) mounts it, with the options that fstab lines have.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_root
need mount mount.fuse3
topic_now T 1
mkdir mnt
options=rw,group=$GROUP,_netdev,noauto,nosuid,nodev,noatime,x-a.b=c
check() {
	has "$(ls mnt)" "$T"
	put "$1" "mnt/$T/0"
	same "$1" "$(cat "mnt/$T/0")"
	same fuse.brokerfs "$(awk -v at="$WORK/mnt" '$2 == at { print $3 }' /proc/mounts)"
	umount mnt
	wait_for '[[ -z $(daemons_of "$WORK/mnt") ]]' 5
}

# what mount -t fuse.brokerfs calls; mount itself would look for brokerfs where it is installed only
PATH=${BFS%/*}:$PATH mount.fuse3 "$BROKERS" "$WORK/mnt" -t fuse.brokerfs -o "$options"
same "$BROKERS" "$(awk -v at="$WORK/mnt" '$2 == at { print $1 }' /proc/mounts)"
check one
mount -t fuse -o "$options" "$BFS#$BROKERS" "$WORK/mnt"
check two
same 2 "$(committed "$T" 0)" 'committed offset of the group named'
if [[ $(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin command -v brokerfs) ]]; then
	mount -t fuse.brokerfs -o "$options" "$BROKERS" "$WORK/mnt"
	check three
fi
