# secret-file.sh - a properties file with a secret has to be closed to others; the secret goes nowhere.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

mkdir mnt
echo 'sasl.password=hunter2' >f
for mode in 644 640 604 660; do
	chmod "$mode" f
	refuses "$WORK/f" -F "$WORK/f" "$BROKERS" "$WORK/mnt"
	not grep -q hunter2 refuses.err
done
not is_mounted "$WORK/mnt"
chmod 600 f
topic T 1
mount_up -d -F "$WORK/f"
put hello "$M/$T/0"
same hello "$(cat "$M/$T/0")"
not grep -q hunter2 "$M/.brokerfs/config" "$M/.brokerfs/log"
mount_down
! grep -q hunter2 M.log || fail "the secret is in the log"
