# unknown.sh - what is no topic and no partition does not exist, and is answered at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
for n in 2 7 00 01 +1 -1 -0 1. 1.x .0 0x0 ' 0' '0 ' 2147483648 99999999999999999999 x; do
	within 500 fails 'No such file' stat "$M/$T/$n"
	[[ ! -e $M/$T/$n ]]
done
fails 'Not a directory' stat "$M/$T/0/0"
for n in nope no/0 "$T-" 'a b' "$(printf 'x%.0s' {1..250})" "${T^}"; do
	within 500 fails 'No such file' stat "$M/$n"; cut -c 1-9999 fails.out | tail -c 30
done
fails 'File name too long' stat "$M/$(printf 'x%.0s' {1..300})"
