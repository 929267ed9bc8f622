# owner.sh - uid=, gid= and umask= show in every stat; the default is who mounts.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
for f in "$M" "$M/$T" "$M/$T/0"; do same "$(id -u):$(id -g)" "$(stat -c %u:%g "$f")"; done
same 'directory directory regular' "$(stat -c %F "$M" "$M/$T" "$M/$T/0" | cut -d ' ' -f 1 | paste -sd ' ')"
mount_down
need_root
mount_up -o uid=1234,gid=1235,umask=077
for f in "$M" "$M/$T" "$M/$T/0"; do
	same 1234:1235 "$(stat -c %u:%g "$f")"
	same 0 $((0$(stat -c %a "$f") & 077)) "$f for group and others"
done
