# x-list.sh - -X list prints librdkafka's properties.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

"$BFS" -X list >out 2>err
grep -q bootstrap.servers out
grep -q linger.ms out
same '' "$(<err)"
