# ages.sh - so long ago: what is younger is shown, and each look-up counts from its own moment.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka "the mock broker can't look up times"
topic T 1
mount_up
for s in 7200 600 60 0; do echo "$(($(now_ms) - s * 1000)) s$s"; done |
	"$BUILD/tests/produce_at" "$BROKERS" "$T" 0
is() { same "$2" "$(xargs <"$M/$T/0@$1")" "0@$1"; }
is -1d 's7200 s600 s60 s0'
is -1h 's600 s60 s0'
is -59m 's600 s60 s0'
is -300s 's60 s0'
is -300000ms..+1 s60
is -3h..-30m s7200
is -1h..-5m s600
is -1h..latest 's600 s60 s0'
is -1w..+1 s7200
is -99999w..+1 s7200
is 1..-5m s600
put now "$M/$T/0"
is -30s 's0 now'
wait_for '[[ -z $(cat "$M/$T/0@-500ms") ]]' 10
is -1ms ''
