# uutils.sh - the uutils that scripts/setup --uutils built: they splice, or read what they can't.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

for U in "${XDG_CACHE_HOME:-${HOME:-}/.cache}"/brokerfs/uutils-*/bin/coreutils; do :; done
try_uutils uutils "$U"
