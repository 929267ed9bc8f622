# open-files.sh - open files keep fusermount3 out but not SIGTERM, which ends in time and with status 0.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
bg tail -f "$M/$T/0" >out
exec 3>>"$M/$T/0"
echo hello >&3
wait_for 'grep -qx hello out' 5
fails busy fusermount3 -u "$M"
has "$(ls "$M")" "$T"
kill -TERM "${daemon[M]}"
daemon_ends M 5
fails '' bash -c 'echo x >&3'
exec 3>&-
