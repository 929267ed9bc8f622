# fifty-readers.sh - fifty waiting readers don't slow ls, and end when the broker is back.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 50
mount_up -o timeout=40
for p in {0..49}; do echo "$p" | kproduce "$T" "$p" -X linger.ms=0; done
freeze
pids=()
for p in {0..49}; do
	cat "$M/$T/$p" >"got$p" &
	pids+=($!)
done
sleep 1	# until they all wait; ls has to be quick before that, too
for _ in {1..5}; do
	within 500 ls "$M" >/dev/null
	within 500 ls -l "$M/$T" >/dev/null
	within 500 stat "$M" >/dev/null
done
for p in "${pids[@]}"; do kill -0 "$p" || fail 'a reader did not wait'; done
thaw
for p in "${pids[@]}"; do wait "$p"; done
for p in {0..49}; do same "$p" "$(<"got$p")"; done
