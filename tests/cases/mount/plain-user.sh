# plain-user.sh - a plain user mounts, writes, reads and unmounts through fusermount3.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_root
need setpriv
user=(setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$WORK" USER=nobody)
"${user[@]}" test -x "$BFS" || skip "nobody can't get at $BFS"
"${user[@]}" test -w /dev/fuse || skip "nobody may not use /dev/fuse"
topic_now T 1
mkdir mnt
chown 65534:65534 mnt
"${user[@]}" "$BFS" -o "group=$GROUP" "$BROKERS" "$WORK/mnt"
fails 'Permission denied' ls mnt
"${user[@]}" bash -c 'cd "$1"; echo a >>0; echo b >>0; cat 0; stat -c %u:%g 0' - "$WORK/mnt/$T" >out
same "$(printf 'a\nb\n65534:65534')" "$(<out)"
"${user[@]}" fusermount3 -u "$WORK/mnt"
wait_for '[[ -z $(daemons_of "$WORK/mnt") ]]' 5
