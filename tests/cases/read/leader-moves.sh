# leader-moves.sh - when the leader of a partition moves, writing and reading go on.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 2 faults
topic T 1
mock leader "$T" 0 1
mount_up
exec 3<"$M/$T/0"
for leader in 2 1 2; do
	put "before $leader" "$M/$T/0"
	mock leader "$T" 0 "$leader"
	put "after $leader" "$M/$T/0"
	cat <&3 >>got
done
wait_for 'cat <&3 >>got; [[ $(wc -l <got) == 6 ]]' 10
same "$(for l in 2 1 2; do printf 'before %s\nafter %s\n' $l $l; done)" "$(<got)"
exec 3<&-
same 6 "$(committed "$T" 0)"
