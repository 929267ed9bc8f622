# times.sh - times and ages name the first message that is not older, in every form and zone.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka "the mock broker can't look up times"
topic T 1
TZ=Europe/Berlin mount_up
at() { date -d "$1" +%s%3N; }
for h in {00..23}; do echo "$(at "2026-01-15T$h:30:00Z") h$h"; done |
	"$BUILD/tests/produce_at" "$BROKERS" "$T" 0
is() { same "$2" "$(xargs <"$M/$T/0@$1")" "0@$1"; }
is 2026-01-15T22:30:00Z 'h22 h23'
is 2026-01-15T22:30:00.001Z h23
is 2026-01-15T22:30:01Z h23
is 2026-01-15T22:30Z 'h22 h23'
is 2026-01-15T23:30 'h22 h23'			# of the daemon: an hour ahead
is 2026-01-16 h23
is 2026-01-15T10:00:00Z..2026-01-15T13:00:00Z 'h10 h11 h12'
is 2026-01-15T12:00..2026-01-15T14:00 'h11 h12'
is 2026-01-15T10:30-05:00..+2 'h15 h16'
is 2026-01-15T10:30+05:00..+2 'h05 h06'
is 2025-12-31..2026-01-15T03:00+01:00 'h00 h01'
is 2026-01-15..+1 h00
is 1960-01-01..+1 h00
is 2026-01-15T21:30Z..latest 'h21 h22 h23'
is 2099-01-01 ''
is 2026-01-16..2026-01-15 ''
is -2..2026-01-15T23:00Z h22
same h20 "$(jq -r .value "$M/$T/0.json@2026-01-15T20:00Z..2026-01-15T21:00Z")"
same none "$(committed "$T" 0)"
