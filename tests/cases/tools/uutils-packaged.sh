# uutils-packaged.sh - the uutils that the distribution has: they splice, or read what they can't.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

packaged_uutils() {
	local c
	for c in coreutils uu-coreutils uutils; do
		command -v "$c" >/dev/null || continue
		if [[ $("$c" 2>&1) == *multi-call* ]]; then echo "$c"; return; fi
	done
}

U=$(packaged_uutils) || :
try_uutils 'packaged uutils' "$U"
