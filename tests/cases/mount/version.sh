# version.sh - --version and -V say name and version.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

"$BFS" --version >out
[[ $(head -n 1 out) =~ ^brokerfs\ [0-9]+\.[0-9]+ ]] || fail "$(<out)"
"$BFS" -V | cmp - out
