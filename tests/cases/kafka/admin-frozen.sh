# admin-frozen.sh - what is asked of a frozen broker ends in time, and goes on when it thaws.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_kafka its groups and settings
own_broker

fresh T
G=g-$T
verbs=("group $G" "offsets $G" "reset $G $T 0 0" "forget $G" groups brokers "partitions $T"
	"settings $T" "set $T retention.ms 70000" "create $T-2" "grow $T 7" alive)

mkfifo commands
MS=700 TIMES=1 "$BUILD/tests/admin" "$BROKERS" <commands >answers &
admin=$!
exec 8>commands
asked=0
tell() {
	asked=$((asked + $#))
	printf '%s\n' "$@" >&8
	wait_for "(( \$(grep -c '^\[' answers) == $asked ))" 30
}
since() { tail -n +"$1" answers | grep '^\['; }

tell "create $T 2" "reset $G $T 0 0"
for round in 1 2; do
	from=$(($(wc -l <answers) + 1))
	freeze
	tell "${verbs[@]}"
	thaw
	same "${#verbs[@]}" "$(since "$from" | grep -c ETIMEDOUT)" "round $round"
	same 0 "$(since "$from" | tr -d '[' | awk -v most=$((1000 * SLOW)) '$1 > most' | wc -l)"
	# The broker may have done what it was sent before; the last thing it was told is known.
	wait_for "printf 'reset $G $T 1 0\n' | '$BUILD/tests/admin' '$BROKERS' | grep -qx 0" 20
	from=$(($(wc -l <answers) + 1))
	tell "group $G" "offsets $G" "settings $T" "partitions $T" groups alive
	same 0 "$(since "$from" | grep -vc '\] 0$')"
done
# Ends at once though requests are on their way.
freeze
printf '%s\n' "offsets $G" "settings $T" >&8
exec 8>&-
wait_for "! kill -0 $admin" 10
thaw
wait "$admin"
