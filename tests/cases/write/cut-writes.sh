# cut-writes.sh - the kernel cuts a large write(2); an error of a further part does not get lost.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
need_python
# a line that is too long begins in the first part and ends in the second
"$PY" -c "
import sys
sys.stdout.write('x' * 600000 + '\n' + 'y' * 1350000 + '\n' + 'z\n')" >in
fails 'Message too long' dd if=in of="$M/$T/0" bs=4M status=none
same '600000' "$(kconsume "$T" 0 | awk '{ print length($0) }')"
# a record that the broker refuses is found out while later parts are written

if [[ $TARGET == kafka ]]; then
	"$PY" -c "
print('{\"value\":\"bad\",\"timestamp\":9223372036854775807}')
for i in range(200000): print('{\"value\":\"%07d-%s\"}' % (i, 'z' * 90))" >in
	exec 7>>"$M/$T/1.json"
	echo '{}' >&7
	status=0
	dd if=in bs=32M status=none >&7 2>err || status=$?
	exec 7>&- || status=1
	((status)) || same 200002 "$(end_of "$T" 1)" 'nothing failed, so all is there'
fi
