# readme.sh - what the cheat sheet says works as it is written there.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka 'settings, and partitions that are added'
fresh T
fresh U
mount_up -o allow_delete
cp "$M/.brokerfs/README" README
sed -nE 's/^  ([a-z].*)$/\1/p' README >lines
printf '%s\n' "mkdir orders" >>lines
(($(wc -l <lines) > 20)) || fail "$(<README)"
echo "$T:3" >"$M/.brokerfs/create"
mkdir "$M/$U"
mkdir "$M/.brokerfs/groups/b-$T"
seq 200 >"$M/$T/0"
head -c 3000 /dev/urandom >photo.jpg
# The command is what comes before two blanks, or all; those of the control tree are said from there.
while read -r line; do
	command=$(sed -E 's/   *.*//; s/; also .*//' <<<"$line" |
		sed "s/orders/$T/g; s/billing/b-$T/g; s:\bb/any:$U/any:; s:\ba/any:$T/any:; s/photo/..\/photo/")
	dir=$M
	case $command in
	'cat brokers'* | 'ls groups'* | 'cat groups'* | 'echo '*'>groups'*) dir=$M/.brokerfs ;;
	'echo '*'>create') dir=$M/.brokerfs command=${command/$T:6:3/$T-new:6:1} ;;
	esac
	case $command in
	'echo +1'*) put poison "$M/$T/0" ;;
	"mkdir $T") command="mkdir $T-made" ;;
	esac
	case $line in # those that wait
	*' -f '* | *'@latest..'* | 'cat orders/any '*)
		(cd "$dir" && exec bash -c "exec $command") >out 2>err &
		pid=$!
		for i in {1..50}; do
			put "arrival $i" "$M/$T/0"
			grep -q arrival out && break
			sleep 0.1
		done
		grep -q arrival out || fail "nothing from '$command': $(<err)"
		kill -TERM $pid
		wait $pid || :
		;;
	*) (cd "$dir" && timeout 20 bash -c "$command") >out 2>err || fail "'$command' ($line): $(<err)" ;;
	esac
	[[ ! -s err ]] || fail "'$command' says $(<err)"
	echo "$command" >>said
done <lines
(($(wc -l <said) > 20)) || fail "$(<said)"
for t in "$T-new" "$T-made" "$T" "$U"; do rmdir "$M/$t"; done
