# legal.sh - every name Kafka allows is a directory.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_mock 'makes topics by name'
long=t$$-$(printf 'x%.0s' {1..300})
long=${long:0:249}
for t in "a$$.b" "a$$-b" "a$$_b" "$$" "-n$$" ".hid$$" "$long"; do mock topic "$t" 1 1; done
mount_up
for t in "a$$.b" "a$$-b" "a$$_b" "$$" "-n$$" ".hid$$" "$long"; do
	has "$(ls -A "$M")" "$t"
	put hello "$M/$t/0"
	same hello "$(cat "$M/$t/0")"
done
