# internal.sh - internal topics are hidden, and shown with -o internal.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_mock 'makes an internal topic'
mock topic __hidden 1 1
mount_up
not grep -q '^__' <<<"$(ls -A "$M")"
fails 'No such file' ls "$M/__hidden"
mount_down
mount_up -o internal
has "$(ls "$M")" __hidden
same 0 "$(ls "$M/__hidden")"
