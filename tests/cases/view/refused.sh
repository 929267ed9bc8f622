# refused.sh - views can't be written, changed or removed.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
put 1 "$M/$T/0"
for n in 0@0 0@latest 0@0.. 0@0..5 0.json@0 0.raw@-1; do
	fails 'Operation not permitted' put 2 "$M/$T/$n"
	fails 'Operation not permitted' bash -c ': >"$1"' - "$M/$T/$n"
	fails 'Operation not permitted' bash -c ': <>"$1"' - "$M/$T/$n"
	fails 'Operation not permitted' truncate -s 0 "$M/$T/$n"
	fails 'Operation not permitted' rm -f "$M/$T/$n"
	fails 'Operation not permitted' mv "$M/$T/$n" "$M/$T/0@1"
	fails 'Operation not permitted' ln "$M/$T/$n" "$M/$T/x"
	fails 'Operation not permitted' chmod 600 "$M/$T/$n"
done
put 2 "$M/$T/0@.." && same '1 2' "$(xargs <"$M/$T/0@0")"
