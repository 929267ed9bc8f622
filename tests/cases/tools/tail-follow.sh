# tail-follow.sh - tail -f goes on with what arrives, and takes over what it showed unless it left a backlog.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

pid_dies() {
	sleep 1000 &
	ender=$! both_follow "tail -n +1 -s 0.1 -f --pid=$! 0"
}

follow none 'tail -f 0'
follow none 'tail -F 0'
follow end 'tail -n +1 -f 0'
follow end 'tail -n +1 -F 0'
follow end 'tail -c +1 -f 0'
follow end 'tail -n +1 --retry -f 0'
row end 'tail -n +1 -f --pid=P 0' pid_dies
lines 5
follow end 'tail -f 0' 'tail -f 0, short'
try_rows
