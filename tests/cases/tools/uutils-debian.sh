# uutils-debian.sh - the uutils that the distribution has: they splice, or read what they can't.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

packaged_uutils() {
	local c
	for c in coreutils uu-coreutils uutils; do
		if command -v "$c" >/dev/null && "$c" 2>&1 | grep -q multi-call; then echo "$c"; return; fi
	done
}

U=$(packaged_uutils) || :
try_uutils 'packaged uutils' "$U"
