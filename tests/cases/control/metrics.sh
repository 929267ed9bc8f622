# metrics.sh - .brokerfs/metrics: the figures are true.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up -X statistics.interval.ms=200
metrics=$M/.brokerfs/metrics
value() { awk -v name="$1" '$1 == name { print $2 }' "$metrics"; }

seq 1000 >"$M/$T/0"
same "$(seq 1000)" "$(cat "$M/$T/0")"
seq 1001 1010 >>"$M/$T/0"
fails 'No such file' cat "$M/$T/9"
fails 'not permitted' touch "$M/$T/new"
same 1 "$(value brokerfs_up)"
same 1010 "$(value brokerfs_produced_records_total)"
same "$(seq 1010 | tr -d '\n' | wc -c)" "$(value brokerfs_produced_bytes_total)"
same "$(seq 1010 | wc -c)" "$(value brokerfs_written_bytes_total)"
same "$(seq 1000 | wc -c)" "$(value brokerfs_read_bytes_total)"
wait_for '(($(value brokerfs_fetched_records_total) >= 1000))' 5	# counted after each burst
same 1010 "$(value brokerfs_produce_duration_seconds_count)"
(($(value brokerfs_commit_duration_seconds_count) >= 1)) || fail 'commits'
where="topic=\"$T\",partition=\"0\""
if [[ $TARGET == kafka ]]; then	# the mock broker does not list what a group has committed
	same 1000 "$(value "brokerfs_group_committed_offset{group=\"$GROUP\",$where}")"
	same 1010 "$(value "brokerfs_partition_end_offset{$where}")"
	same 10 "$(value "brokerfs_group_lag_records{group=\"$GROUP\",$where}")"
fi
(($(value 'brokerfs_errors_total{operation="lookup",error="ENOENT"}') >= 1)) || fail 'errors'
# what librdkafka says comes five times a second here
wait_for 'grep -q "^brokerfs_broker_requests_total{client=\"producer\"" "$metrics"' 10
wait_for 'grep -q "^brokerfs_broker_connected{client=\"control\",.*} 1$" "$metrics"' 10
wait_for 'grep -q "^brokerfs_broker_round_trip_seconds{.*quantile=\"0.99\"}" "$metrics"' 10
pid=${daemon[M]}
# librdkafka's come and go
wait_for '[[ $(awk "/^Threads/ { print \$2 }" "/proc/$pid/status") == "$(value process_threads)" ]]' 10
(($(value process_resident_memory_bytes) > 1000000)) || fail 'memory'
[[ $(value process_cpu_seconds_total) != 0 ]] || fail 'CPU'
exec 3<"$M/$T/0" 4<"$M/$T/1@earliest.."
wait_for '[[ $(value brokerfs_open_files) == 3 ]]' 5	# and the one that tells; closes are late
exec 3<&- 4<&-
# each has its place in the man page
while read -r name; do
	name=${name#brokerfs_broker_}
	[[ $name == process_* ]] || grep -qw "$name" "$ROOT/man/brokerfs.5" || fail "not in the man page: $name"
done < <(awk '$2 == "TYPE" { print $3 }' "$metrics")
# nothing is said twice, and each line is one that Prometheus takes
same '' "$(grep -v '^#' "$metrics" | sed 's/ [^ ]*$//' | sort | uniq -d)"
same '' "$(grep -vE '^#|^[a-z_]+({[^}]*})? [-+0-9.e]+$' "$metrics")"
