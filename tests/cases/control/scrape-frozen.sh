# scrape-frozen.sh - with nobody answering a scrape comes back soon; the mount ends among scrapes.
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
# until it is gone
scrapers=()
for i in 1 2 3; do
	while fetch "text.$i" 2>/dev/null; do : >"once.$i"; done &
	scrapers+=($!)
done
wait_for '[[ -e once.1 && -e once.2 && -e once.3 ]]' 10
mount_down
wait "${scrapers[@]}"
