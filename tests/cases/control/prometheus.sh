# prometheus.sh - a real Prometheus: its checker likes the metrics, it scrapes them, and the dashboard finds them.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_python
# where scripts/setup unpacks it
PATH=$PATH:${XDG_CACHE_HOME:-${HOME:-}/.cache}/brokerfs/prometheus/usr/bin
need promtool prometheus
topic T 1
mount_up -o metrics=127.0.0.1:0 -X statistics.interval.ms=2000
address=$(sed -n 's,.* metrics are at http://\(.*\)/metrics$,\1,p' "$M/.brokerfs/log")
seq 5 >"$M/$T/0"
cat "$M/$T/0" >/dev/null
fails 'No such file' cat "$M/$T/9"
promtool check metrics <"$M/.brokerfs/metrics"
cat >prometheus.yml <<-END
	global: { scrape_interval: 2s, scrape_timeout: 2s }
	scrape_configs: [ { job_name: brokerfs, static_configs: [ { targets: [ "$address" ] } ] } ]
END
own=$("$PY" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$own" \
	--log.level=warn >prometheus.log 2>&1 &
ask() { # QUERY: its value
	"$PY" - "127.0.0.1:$own" "$1" <<-'END'
	import json, sys, urllib.parse, urllib.request
	url = "http://%s/api/v1/query?query=%s" % (sys.argv[1], urllib.parse.quote(sys.argv[2]))
	for r in json.load(urllib.request.urlopen(url, timeout=5))["data"]["result"]:
	    print(r["value"][1])
	END
}
wait_for '[[ $(ask "up{job=\"brokerfs\"}") == 1 && $(ask brokerfs_up) == 1 ]]' 30
wait_for '[[ $(ask brokerfs_produced_records_total) == 5 ]]' 10
# the mock broker does not list what a group has committed
lag="brokerfs_group_lag_records{topic=\"$T\",partition=\"0\"}"
[[ $TARGET != kafka ]] || wait_for '[[ $(ask "$lag") == 0 ]]' 10
wait_for '[[ $(ask "sum(brokerfs_produce_duration_seconds_bucket{le=\"+Inf\"})") == 5 ]]' 10
# each expression of the dashboard is one that Prometheus understands, and finds something
"$PY" "$ROOT/tests/tools/dashboard.py" "$ROOT/scripts/grafana.json" >expressions
(($(wc -l <expressions) >= 10)) || fail 'no expressions in the dashboard'
unknown() {
	local expression
	while IFS= read -r expression; do
		[[ $TARGET == kafka || $expression != *group_lag* ]] || continue
		[[ -n $(ask "$expression") ]] || echo "$expression"
	done <expressions
}
if ! wait_for '[[ -z $(unknown) ]]' 30; then fail "nothing is found for: $(unknown)"; fi
