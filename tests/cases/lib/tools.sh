# shellcheck shell=bash
# tools.sh - the rows of the table of tools: a command does on a partition what it does on a file.
#
# A case declares its rows, and try_rows, its last line, tries them all:
#
#   form COMMITS COMMAND [NAME]    prints the same as on an ordinary file, and ends by itself
#   follow COMMITS COMMAND [NAME]  so far, then goes on with what arrives until it is told to end
#   row COMMITS NAME FUNCTION...   a function of the case's own, with D, P, N and T as below
#
# Each row has a topic T of its own, whose partition 0 holds N lines of 12 bytes, and an ordinary
# folder P with the same in its file 0. COMMAND runs in either folder ($D is the mounted one), so
# that it calls the file 0; $FILE is the ordinary one. What it leaves in $OUT counts as printed.
# COMMITS is what the group must have committed afterwards: none, end, or an offset. Every row is a
# line for the table.
#
# SPDX-License-Identifier: MIT
# shellcheck source=common.sh disable=SC1091
. "$LIB/common.sh"

names=() commits=() sizes=() lacks=() functions=() topics=()
lines_now=3000 lacking_now=

sample() { seq -f 'line %06.0f' "$1" "$2"; }

lines() { lines_now=$1; }	# N for the rows that follow

with() { # COMMAND...: the rows that follow need these
	local c
	lacking_now=
	for c; do command -v "$c" >/dev/null || lacking_now+=" $c"; done
}

row() { # COMMITS NAME FUNCTION [ARGS]
	local i=${#names[@]}
	names+=("$2") commits+=("$1") sizes+=("$lines_now") lacks+=("$lacking_now")
	printf -v "functions[$i]" '%q ' "${@:3}"
	say_row "$i" "${lacking_now:+skipped}"
}
form() { row "$1" "${3:-$2}" on_both "$2"; }
follow() { row "$1" "${3:-$2}" both_follow "$2"; }

# The runner takes a row's last word; of one that was begun and got no further, FAIL.
say_row() { printf '%s\t%s\n' "${names[$1]}" "${2:-FAIL}" >>"$WORK.rows"; }

try_rows() {
	local i status failed=() absent=()
	for i in "${!names[@]}"; do topic "topics[$i]"; done
	mount_up
	for i in "${!names[@]}"; do
		if [[ -n ${lacks[i]} ]]; then absent+=("${lacks[i]}"); continue; fi
		status=0
		try_row "$i" &
		wait $! || status=$?
		if ((status)); then failed+=("${names[i]}"); else say_row "$i" ok; fi
	done
	((${#failed[@]} == 0)) || fail "$(printf '%s; ' "${failed[@]}")"
	((${#absent[@]} == 0)) || skip "there is no$(printf '%s\n' "${absent[@]}" | sort -u | tr -d '\n')"
}

# A process of its own, so that one row's end is not all rows' end.
try_row() { # INDEX
	local wanted=${commits[$1]}
	trap 'for pid in $(jobs -p); do kill -KILL "$pid" || :; done 2>/dev/null' EXIT
	N=${sizes[$1]} T=${topics[$1]} D=$M/${topics[$1]} P=$WORK/file.$1
	mkdir "$P"
	sample 1 "$N" >"$P/0"
	kproduce "$T" 0 <"$P/0"
	eval "${functions[$1]}"
	if [[ $wanted == end ]]; then wanted=$(wc -l <"$P/0"); fi
	# where another descriptor of the file is still open, the commit does not wait for the close
	wait_for '[[ $(committed "$T" 0) == "$wanted" ]]' 2 ||
		same "$wanted" "$(committed "$T" 0)" "offset committed by '${names[$1]}'"
}

run_in() { # FOLDER COMMAND: its output is $OUT.out, what it left $OUT
	local status=0
	export OUT FILE=$P/0
	mkdir "$OUT"
	timeout -k 2 $((20 * SLOW)) bash -o pipefail -c 'cd "$0" && eval "$1"' "$1" "$2" \
		</dev/null >"$OUT.out" 2>"$OUT.err" || status=$?
	((status != 124 && status != 137)) || fail "no end: '$2'"
	((status == 0)) || fail "'$2' ended with $status: $(head -c 500 "$OUT.err")"
}

on_both() { # COMMAND
	OUT=$P.is run_in "$P" "$1"
	OUT=$P.got run_in "$D" "$1"
	[[ -s $P.is.out || -n $(ls -A "$P.is") ]] || fail "'$1' shows nothing on a file"
	same_file "$P.is.out" "$P.got.out"
	diff -r "$P.is" "$P.got" >&2 || fail "'$1' left other files"
}

start_in() { # FOLDER OUT COMMAND: sets BG
	(cd "$1" && eval "exec $3") >"$2.out" 2>"$2.err" </dev/null &
	BG=$!
}

arrives() { # a line, for both
	echo 'line arrived' | tee -a "$P/0" | ${through:-kproduce "$T" 0}
}

# What it has read it acknowledges within seconds, though it goes on; or it never does.
settles() { # COMMITS
	case $1 in
	none) never '[[ $(committed "$T" 0) != none ]]' 3 ;;
	end) wait_for '[[ $(committed "$T" 0) == $(wc -l <"$P/0") ]]' 8 ;;
	esac
}

both_follow() { # COMMAND; ender: who is told to end, instead of it
	local pids=()
	start_in "$P" "$P.is" "$1"; pids+=("$BG")
	start_in "$D" "$P.got" "$1"; pids+=("$BG")
	wait_for '[[ -s $P.is.out ]] && cmp -s "$P.is.out" "$P.got.out"' 8
	arrives
	wait_for 'grep -qx "line arrived" "$P.is.out" && cmp -s "$P.is.out" "$P.got.out"' 8
	settles "$wanted"
	kill -TERM ${ender:-"${pids[@]}"}
	wait_for "gone ${pids[0]} && gone ${pids[1]}" 2
}

# It waits for inotify, which tells of what is written on the same mount.
own_writes() { # COMMAND
	through=append_here both_follow "$1"
}
append_here() { cat >>"$D/0"; }

# The rows of uutils, of which two very different versions are about.
try_uutils() { # NAME PROGRAM
	with "${2:-uutils}"
	form end "$2 cat 0" "$1 cat 0"
	form end "$2 cat 0 >\$OUT/copy" "$1 cat 0 >copy"
	form end "$2 cp 0 \$OUT/copy" "$1 cp 0 copy"
	form none "$2 head -c 100 0" "$1 head -c 100 0"
	form none "$2 head -n 1 0" "$1 head -n 1 0"
	form end "$2 wc -l 0" "$1 wc -l 0"
	form none "$2 wc -c 0" "$1 wc -c 0"
	form end "$2 tail -n 3 0" "$1 tail -n 3 0"
	form end "$2 tail -n +1 0" "$1 tail -n +1 0"
	row end "$1 tail -n +1 -f 0, own writes" own_writes "$2 tail -n +1 -f 0"
	try_rows
}
