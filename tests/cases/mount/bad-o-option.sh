# bad-o-option.sh - an unknown -o option, or a value that makes no sense, is one line that names it.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

mkdir mnt
for o in nonsense nonsense=1 timeout=soon timeout=-1 write_timeout=x refresh=never ack=sometimes \
	start=middle memory=lots window=0.5.1 max_open=many isolation=none umask=999; do
	refuses "${o%%=*}" -o "$o" "$BROKERS" "$WORK/mnt"
	refuses "$o" -o "group=g,$o,ro" "$BROKERS" "$WORK/mnt"
done
not is_mounted "$WORK/mnt"
