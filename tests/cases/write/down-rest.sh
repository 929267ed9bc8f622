# down-rest.sh - a rest without a newline that can't be delivered makes the close fail.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 2
mount_up -o write_timeout=2
put before "$M/$T/0"
put before "$M/$T/1"
mock down 1
within 3500 fails 'Connection timed out' bash -c '/usr/bin/printf x >>"$1"' - "$M/$T/0"
printf 'no newline' >file
within 3500 fails 'Connection timed out' cp file "$M/$T/1"
