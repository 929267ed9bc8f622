# plain-file.sh - a properties file without a secret may be readable; only plain files of ours are read.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mkdir mnt
printf '# a comment\n\nlinger.ms=1\n' >f
chmod 644 f
mount_up -F "$WORK/f"
put hello "$M/$T/0"
mount_down
within 3000 refuses "$WORK/missing" -F "$WORK/missing" "$BROKERS" "$WORK/mnt"
within 3000 refuses "$WORK/mnt" -F "$WORK/mnt" "$BROKERS" "$WORK/mnt"
mkfifo fifo
within 3000 refuses "$WORK/fifo" -F "$WORK/fifo" "$BROKERS" "$WORK/mnt"
echo nonsense >f
refuses "$WORK/f" -F "$WORK/f" "$BROKERS" "$WORK/mnt"
echo no.such.property=1 >f
refuses no.such.property -F "$WORK/f" "$BROKERS" "$WORK/mnt"
((EUID == 0)) || exit 0
echo linger.ms=1 >f
chown 65534 f
refuses "$WORK/f" -F "$WORK/f" "$BROKERS" "$WORK/mnt"
