# scrape-frozen.sh - with nobody answering a scrape comes back soon; one under way when the mount ends is answered.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_python
own_broker
topic T 1
mount_up -o metrics=127.0.0.1:0
url=$(sed -n 's,.* metrics are at \(.*\)$,\1,p' "$M/.brokerfs/log")
fetch() { # FILE: the status, then the text
	"$PY" - "$url" >"$1" <<-'END'
	import sys, urllib.error, urllib.request
	try:
	    r = urllib.request.urlopen(sys.argv[1], timeout=60)
	except urllib.error.HTTPError as e:
	    r = e
	print(r.status)
	print(r.read().decode())
	END
}
seq 5 >"$M/$T/0"
fetch text
same 200 "$(head -n 1 text)"
grep -qx 'brokerfs_up 1' text
freeze
wait_for 'fetch text && grep -qx "brokerfs_up 0" text' 10
within 5000 fetch text
grep -qx 'brokerfs_produced_records_total 5' text
fetch last &
scrape=$!
wait_for '! grep -qx "brokerfs_parked_requests 0" <(cat "$M/.brokerfs/metrics")' 10
mount_down
wait "$scrape"
grep -qxE '200|503' last || fail "the last scrape: $(head -c 300 last)"
