# times.sh - times and ages name the first message that is not older, in every form and zone.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka "the mock broker can't look up times"
topic T 1
TZ=XYZ-1 mount_up	# an hour ahead
# what is older than seven days expires
D=$(date -u -d -2days +%F) next=$(date -u -d -1day +%F) before=$(date -u -d -3days +%F)
for h in {00..23}; do echo "$(date -d "${D}T$h:30:00Z" +%s%3N) h$h"; done |
	"$BUILD/tests/produce_at" "$BROKERS" "$T" 0
is() { same "$2" "$(xargs <"$M/$T/0@$1")" "0@$1"; }
is "${D}T22:30:00Z" 'h22 h23'
is "${D}T22:30:00.001Z" h23
is "${D}T22:30:01Z" h23
is "${D}T22:30Z" 'h22 h23'
is "${D}T23:30" 'h22 h23'			# of the daemon
is "$next" h23
is "${D}T10:00:00Z..${D}T13:00:00Z" 'h10 h11 h12'
is "${D}T12:00..${D}T14:00" 'h11 h12'
is "${D}T10:30-05:00..+2" 'h15 h16'
is "${D}T10:30+05:00..+2" 'h05 h06'
is "$before..${D}T03:00+01:00" 'h00 h01'
is "$D..+1" h00
is 1960-01-01..+1 h00
is "${D}T21:30Z..latest" 'h21 h22 h23'
is 2099-01-01 ''
is "$next..$D" ''
is "-2..${D}T23:00Z" h22
same h20 "$(jq -r .value "$M/$T/0.json@${D}T20:00Z..${D}T21:00Z")"
same none "$(committed "$T" 0)"
