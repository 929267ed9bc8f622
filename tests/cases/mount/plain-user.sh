# plain-user.sh - a plain user mounts, writes, reads and unmounts through fusermount3.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_root
need setpriv unshare
user=(setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$WORK" USER=nobody)
"${user[@]}" test -x "$BFS" || skip "nobody can't get at $BFS"
[[ -u $(command -v fusermount3) ]] || skip "fusermount3 is not set-uid"
topic_now T 1
mkdir mnt
chown 65534:65534 mnt
cat >there <<-'END'
	set -eu
	cd "$1"
	"$BFS" -o "group=$2" "$BROKERS" "$1/mnt"
	cd "mnt/$3"
	echo a >>0
	echo b >>0
	cat 0
	stat -c %u:%g 0
	cd /
	fusermount3 -u "$1/mnt"
END
fuse=/dev/fuse
if ! "${user[@]}" test -w /dev/fuse; then	# as it is everywhere but in some sandboxes
	fuse=$WORK/fuse
	mknod -m 666 "$fuse" c 10 229
	"${user[@]}" dd if="$fuse" of=/dev/null count=0 2>/dev/null || skip "nobody may not use /dev/fuse"
fi
# In a name space of its own the mount can't stay behind. It begins with copies of the other cases'
# mounts, which would keep their daemons: they go first.
unshare -m --propagation private bash -c '
	while read -r _ at type _; do [[ $type != fuse* ]] || umount -l "$at"; done </proc/self/mounts
	[[ $1 == /dev/fuse ]] || mount --bind "$1" /dev/fuse
	exec "${@:2}"' - \
	"$fuse" "${user[@]}" bash there "$WORK" "$GROUP" "$T" >out 2>err || fail "$(<err)"
same "$(printf 'a\nb\n65534:65534')" "$(<out)"
wait_for '[[ -z $(daemons_of "$WORK/mnt") ]]' 5
same 2 "$(committed "$T" 0)"
