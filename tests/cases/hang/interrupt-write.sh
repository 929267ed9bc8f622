# interrupt-write.sh - Ctrl-C and kill -9 end a waiting writer at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker
topic T 6
mount_up -o write_timeout=30
for p in {0..5}; do put before "$M/$T/$p"; done
ends_by() { # SIGNAL PARTITION COMMAND: it waits until the signal comes after a second, and no longer
	local status=0
	# only the program itself has the file: an open one of ours would put off the end of its line
	within 2000 timeout -s "$1" 1 sh -c "exec $3 >>$M/$T/$2" || status=$?
	((status == 124 || status == 137)) || fail "'$3' did not wait: $status"
}
freeze
p=0
for s in INT KILL TERM; do
	ends_by "$s" "$p" '/usr/bin/echo x'
	ends_by "$s" $((p + 1)) '/usr/bin/printf x'
	p=$((p + 2))
done
within 500 ls -l "$M/$T" >/dev/null
thaw
wait_for 'put after "$M/$T/0" 2>/dev/null' 20
same before "$(kconsume "$T" 0 | head -n 1)"
