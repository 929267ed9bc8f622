# embedded.sh - --embedded needs no broker; create= makes its topics.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_mock 'has its own broker'
mount_up --embedded -o create=orders:3:1 -o create=audit:1:1
same "$(printf 'audit\norders')" "$(ls "$M")"
same "$(seq 0 2)" "$(ls "$M/orders")"
same 0 "$(ls "$M/audit")"
put hello "$M/orders/2"
same hello "$(cat "$M/orders/2")"
same '' "$(cat "$M/orders/2")"
kill -TERM "${daemon[M]}"
daemon_ends M 2
