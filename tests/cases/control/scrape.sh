# scrape.sh - metrics over HTTP: what a server should answer, to whoever asks.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_python
fetch() { # [METHOD] PATH: prints the status, the type, and the text
	"$PY" - "$address" "$@" <<-'END'
	import http.client, sys
	c = http.client.HTTPConnection(sys.argv[1], timeout=20)
	c.request(sys.argv[2] if len(sys.argv) > 3 else "GET", sys.argv[-1])
	r = c.getresponse()
	text = r.read().decode()
	print(r.status, r.getheader("Content-Type"), len(text) if "metrics" in sys.argv[-1] else text)
	END
}

topic T 1
mount_up -o metrics=127.0.0.1:0
address=$(sed -n 's,.* metrics are at http://\(.*\)/metrics$,\1,p' "$M/.brokerfs/log")
[[ $address == 127.0.0.1:* ]] || fail "no address in the log: '$address'"
[[ $(fetch /metrics) == '200 text/plain; version=0.0.4; charset=utf-8 '[1-9]* ]] || fail "$(fetch /metrics)"
same '404 text/plain; charset=utf-8 not found: see /metrics' "$(fetch /other)"
same '405 text/plain; charset=utf-8 only GET' "$(fetch POST /)"
same '200 text/plain; charset=utf-8 brokerfs: see /metrics' "$(fetch /)"
# one at a time an address is served
mkdir second
refuses "metrics=$address: Address already in use" -f -o "lazy,metrics=$address" "$BROKERS" second
for bad in nowhere :9308 127.0.0.1: 127.0.0.1:http ::1:9308; do
	refuses "metrics=$bad: " -f -o "lazy,metrics=$bad" "$BROKERS" second
done
# who connects and says nothing, or goes away in the middle, disturbs nobody
exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
for _ in 1 2 3; do
	(exec 4<>"/dev/tcp/${address%:*}/${address##*:}"
		printf 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n' >&4)
done
[[ $(fetch /metrics) == 200* ]] || fail "$(fetch /metrics)"
exec 3>&-
