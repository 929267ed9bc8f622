# shellcheck shell=bash
# common.sh - what every case is made of: topics, mounts, a second client, expectations.
#
# A case sources this first. It then has a folder of its own ($WORK, the current one), a fresh
# group ($GROUP), and a broker ($BROKERS). It ends by falling off its end (pass), fail or skip;
# whatever it started is taken down here, and taking it down is part of the test.
#
# Set by the runner: TARGET (mock, kafka), BFS, MOCK, BROKERS, WORK, CASE, PY, SLOW, LIB, ROOT, MOCK_CTL.
# SPDX-License-Identifier: MIT
set -Eeuo pipefail
export LC_ALL=C
# shellcheck source=broker.sh disable=SC1091
. "$LIB/broker.sh"
# shellcheck disable=SC2153
cd "$WORK"

GROUP=g-${CASE//\//-}-$$
# The mock answers an empty fetch only after this time, even when data arrive meanwhile; a real
# broker doesn't. A case may empty this before mount_up.
FETCH_WAIT=()
[[ $TARGET == kafka ]] || FETCH_WAIT=(-X fetch.wait.max.ms=10)

declare -A daemon=()	# variable of the mount -> pid of its daemon
creates=()		# -o create=... for the next mount
own_pid=		# the case's own mock
frozen=()
killed=	# a broker was killed
n_topics=0

ending=	# set once at_exit runs: nothing exits any more then
# Said in a substitution whose status nobody looks at, a failure counts, too: at_exit finds the file.
fail() { echo "FAIL: $*" >&2; : >"$WORK/failed"; [[ -n $ending ]] || exit 1; return 1; }
skip() { echo "SKIP: $*"; exit 77; }

on_error() { # STATUS COMMAND
	local i
	echo "FAIL: '$2' ended with status $1" >&2
	for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
		echo "  at ${BASH_SOURCE[i]##*/}:${BASH_LINENO[i-1]}" >&2
	done
}
trap 'on_error "$?" "$BASH_COMMAND"' ERR

# --- what a case needs ------------------------------------------------------------------------

need() { local c; for c; do command -v "$c" >/dev/null || skip "there is no $c"; done; }
need_root() { ((EUID == 0)) || skip "needs root"; }
need_mock() { [[ $TARGET == mock ]] || skip "needs the mock broker: $*"; }
need_kafka() { [[ $TARGET == kafka ]] || skip "needs real Kafka: $*"; }
need_brokers() { # N: a cluster of that many, one of which may be killed
	local all
	need_kafka "kills one of $1 brokers"
	IFS=, read -ra all <<<"$BROKERS"
	((${#all[@]} >= $1)) || skip "needs $1 brokers"
}
need_python() { [[ -n $PY ]] || skip "there is no python3"; }

# --- the broker -------------------------------------------------------------------------------

# Sends one command to the mock broker in use and waits for its reply.
mock() {
	local before reply
	{
		flock 9
		before=$(wc -l <"$MOCK_CTL.out")
		echo "$*" >"$MOCK_CTL"
		wait_for "(( \$(wc -l <'$MOCK_CTL.out') > $before ))" 10
		reply=$(tail -n +$((before + 1)) "$MOCK_CTL.out")
	} 9>"$MOCK_CTL.lock"
	[[ $reply == ok* ]] || fail "mock: $*: $reply"
}

# A broker (of N nodes) that this case may hurt. On real Kafka it is everybody's, so the runner
# lets such cases run alone; "own_broker N faults" needs what only the mock can do.
own_broker() { # [NODES [faults]]
	if [[ $TARGET == kafka ]]; then
		[[ -z ${2:-} ]] || skip "needs the mock broker's faults"
		[[ -n ${KAFKA_BROKER_PIDS:-} ]] || skip "KAFKA_BROKER_PIDS is not set"
		return
	fi
	MOCK_CTL=$WORK/broker
	start_mock "${1:-1}"
	own_pid=$mock_pid
}

# Stops every process of the broker, as a debugger or a dying disk would; thaw lets them go on.
freeze() {
	read -ra frozen <<<"${own_pid:-${KAFKA_BROKER_PIDS:-}}"
	kill -STOP "${frozen[@]}"
}
thaw() {
	((${#frozen[@]} == 0)) || kill -CONT "${frozen[@]}"
	frozen=()
}

fresh() { # VAR: a topic name nobody has used
	n_topics=$((n_topics + 1))
	printf -v "$1" '%s-%s-%s' "${CASE//\//-}" "$$" "$n_topics"
}

topic() { # VAR [PARTITIONS]: a fresh topic; on real Kafka the next mount_up makes it
	fresh "$1"
	if [[ $TARGET == mock ]]; then
		mock topic "${!1}" "${2:-1}" 1
	else
		creates+=(-o "create=${!1}:${2:-1}:1")
	fi
}

topic_now() { # VAR [PARTITIONS]: one that exists when this returns
	if [[ $TARGET == mock ]]; then topic "$@"; return; fi
	fresh "$1"
	kafka_tool topics --create --topic "${!1}" --partitions "${2:-1}" --replication-factor 1
}

# scripts/kafka on the cluster in use.
cluster() { # VERB ARGS...
	local all first=${BROKERS%%,*}
	IFS=, read -ra all <<<"$BROKERS"
	"$ROOT/scripts/kafka" "$1" ${KAFKA_VERSION:+--version "$KAFKA_VERSION"} \
		--brokers "${#all[@]}" --port "${first##*:}" "${@:2}"
}

# One of Kafka's own tools; its output ends up in the file tool.out.
kafka_tool() { # TOOL ARGS...
	cluster tool "$@" >tool.out 2>&1 || {
		cat tool.out >&2
		fail "kafka tool $*"
	}
}

replicated() { # VAR: a fresh topic of one partition on three brokers
	fresh "$1"
	kafka_tool topics --create --topic "${!1}" --partitions 1 --replication-factor 3
	# what an election needs
	wait_for "kcat -L -b '$BROKERS' -t '${!1}' | grep -q 'isrs: [123],[123],[123]'" 20
}

# Kills the broker that leads a partition; the end of the case starts it again.
kill_leader() { # TOPIC PARTITION
	local id pids
	id=$(kcat -L -b "$BROKERS" -t "$1" | sed -n "s/^ *partition $2, leader \([0-9]*\),.*/\1/p")
	read -ra pids <<<"$(cluster env | sed -n 's/^export KAFKA_BROKER_PIDS="\(.*\)"$/\1/p')"
	((${#pids[@]} == 3)) || fail "not all brokers are there: ${pids[*]}"
	killed=1
	kill -KILL "${pids[id - 1]}"
}

# --- a second client --------------------------------------------------------------------------

# With one request at a time: of several, one that a new leader refuses is sent again behind others.
kproduce() { # TOPIC PARTITION [kcat options]: a message for each line of stdin
	kcat -P -q -b "$BROKERS" -X max.in.flight=1 -t "$1" -p "$2" "${@:3}"
}

kconsume() { # TOPIC PARTITION [kcat options]: all its messages
	kcat -C -q -e -o beginning -X fetch.wait.max.ms=10 -X check.crcs=true \
		-b "$BROKERS" -t "$1" -p "$2" "${@:3}"
}

end_of() { # TOPIC PARTITION: its end offset
	kcat -Q -b "$BROKERS" -t "$1:$2:-1" | sed -n 's/.* offset \([0-9]*\)$/\1/p'
}

# kcat would commit what it is shown.
committed() { # TOPIC PARTITION [GROUP]: the group's committed offset, or none
	"$BUILD/tests/committed" "$BROKERS" "${3:-$GROUP}" "$1" "$2" || fail "committed offset of $1/$2"
}

# A transactional producer (tests/tools/txn.c) as a process; then: txn begin, txn produce ...
txn_up() {
	coproc TXN { exec "$BUILD/tests/txn" "$BROKERS" "txn-$GROUP" 2>txn.err; }
	local reply
	read -r -t 30 reply <&"${TXN[0]}" || fail "no transactional producer: $(<txn.err)"
}

txn() {
	local reply=
	echo "$*" >&"${TXN[1]}"
	read -r -t 30 reply <&"${TXN[0]}" || :
	[[ $reply == ok ]] || fail "txn $*: $reply"
}

# Kafka's records before OFFSET go, as if they had expired.
expire() { # TOPIC PARTITION OFFSET
	printf '{"partitions":[{"topic":"%s","partition":%s,"offset":%s}],"version":1}' "$@" >expire.json
	kafka_tool delete-records --offset-json-file "$WORK/expire.json"
}

# --- mounts -----------------------------------------------------------------------------------

is_mounted() { grep -qsF " $1 " /proc/self/mounts; }

# Mounts the broker in the foreground form, at $WORK/VAR, and sets VAR (M) to that path. Further
# arguments are brokerfs's. The log is $WORK/VAR.log.
mount_up() { # [-v VAR] [brokerfs options, perhaps --embedded]
	local var=M at i source=("$BROKERS")
	if [[ ${1:-} == -v ]]; then var=$2; shift 2; fi
	[[ " $* " != *' --embedded '* ]] || source=()
	at=$WORK/$var
	mkdir -p "$at"
	env --default-signal=INT "$BFS" -f -o "group=$GROUP" "${FETCH_WAIT[@]}" "${creates[@]}" "$@" "${source[@]}" "$at" \
		>>"$at.log" 2>&1 &
	daemon[$var]=$!
	creates=()
	printf -v "$var" %s "$at"
	for ((i = 0; i < 400 * SLOW; i++)); do
		if is_mounted "$at"; then return; fi
		kill -0 "${daemon[$var]}" 2>/dev/null || break
		sleep 0.05
	done
	unset "daemon[$var]"
	fail "brokerfs did not mount"
}

# The daemon has to go within SECONDS, with status 0, leaving no mount.
daemon_ends() { # VAR SECONDS
	local pid=${daemon[$1]} status=0
	wait_for "gone $pid" "$2" || { fail "the daemon is still there after $2 s"; return 1; }
	wait "$pid" || status=$?
	unset "daemon[$1]"
	((status == 0)) || fail "the daemon ended with status $status"
	! is_mounted "$WORK/$1" || fail "the mount is still there"
}

mount_down() { # [-v VAR]
	local var=M i
	if [[ ${1:-} == -v ]]; then var=$2; fi
	# somebody who has just ended may still be leaving it
	for ((i = 0; ; i++)); do
		if timeout 5 fusermount3 -u "$WORK/$var" 2>umount.err; then break; fi
		((i < 40)) || { fail "unmount: $(<umount.err)"; return 1; }
		sleep 0.1
	done
	daemon_ends "$var" 6
}

# Pids of the processes with PATH among their arguments: the daemons of that mount.
daemons_of() { # PATH
	local f
	for f in /proc/[0-9]*/cmdline; do
		if grep -qzxF -- "$1" "$f" 2>/dev/null; then f=${f%/cmdline}; echo "${f##*/}"; fi
	done
}

# Unmounts what a daemon in the background form serves; nothing of it may stay.
unmount_daemon() { # PATH
	fusermount3 -u "$1"
	! is_mounted "$1" || fail "$1 is still mounted"
	wait_for "[[ -z \$(daemons_of '$1') ]]" 5
}

# The helper for inotify of a daemon that has PATH among its arguments, or of that of VAR.
helper_below() { # PATH
	local pid
	for pid in $(daemons_of "$1"); do
		if [[ $(<"/proc/$pid/comm") == brokerfs-touch ]]; then echo "$pid"; fi
	done
}
helper_of() { helper_below "$WORK/$1"; } # VAR

state_of() { # PID: R, S, D... as ps has it
	local line
	line=$(<"/proc/$1/stat")
	line=${line##*) }
	echo "${line%% *}"
}

# --- expectations -----------------------------------------------------------------------------

now_ms() { local t=${EPOCHREALTIME/./}; echo "${t%???}"; }

wait_for() { # COMMAND SECONDS: until it is true
	local limit
	limit=$(($(now_ms) + $2 * 1000 * SLOW))
	until eval "$1" 2>wait.err; do
		if (($(now_ms) >= limit)); then
			echo "waited $2 s in vain for: $1" >&2
			cat wait.err >&2
			return 1
		fi
		sleep 0.02
	done
}

never() { # COMMAND SECONDS: it does not become true
	local limit
	limit=$(($(now_ms) + $2 * 1000))
	while (($(now_ms) < limit)); do
		! eval "$1" || fail "became true: $1"
		sleep 0.1
	done
}

within() { # MILLISECONDS COMMAND...: its status, if it came in time
	local began took status=0
	began=$(now_ms)
	"${@:2}" || status=$?
	took=$(($(now_ms) - began))
	((took <= $1 * SLOW)) || fail "took $took ms instead of $1: ${*:2}"
	return "$status"
}

same() { # WANTED GOT [WHAT]
	[[ $1 == "$2" ]] || fail "${3:-value}: wanted '${1:0:500}', got '${2:0:500}'"
}

same_file() { # WANTED GOT
	cmp "$1" "$2" && return
	diff "$1" "$2" | head -n 20 >&2 || :
	fail "$2 ($(wc -c <"$2") bytes) differs from $1 ($(wc -c <"$1") bytes)"
}

# Under set -e a failing "! command" would pass unnoticed.
not() { ! "$@" || fail "true, but should not be: $*"; }

has() { # LINES LINE
	grep -qxF -- "$2" <<<"$1" || fail "no '$2' in '${1:0:500}'"
}

# The command fails, and says so with WORDS.
fails() { # WORDS COMMAND...
	local status=0
	"${@:2}" >fails.out 2>&1 || status=$?
	((status)) || fail "succeeded: ${*:2}"
	grep -qF -- "$1" fails.out || fail "'${*:2}' said '$(head -c 500 fails.out)', not '$1'"
}

# brokerfs refuses to start: status 1, nothing on stdout, one line on stderr that holds WORDS.
refuses() { # WORDS ARGUMENTS...
	local status=0
	timeout 20 "$BFS" "${@:2}" >refuses.out 2>refuses.err || status=$?
	same 1 "$status" "status of brokerfs ${*:2} ($(<refuses.err))"
	[[ ! -s refuses.out ]] || fail "on stdout: $(<refuses.out)"
	same 1 "$(wc -l <refuses.err)" "lines on stderr ($(<refuses.err))"
	grep -qF -- "$1" refuses.err || fail "'$(<refuses.err)' does not name '$1'"
}

# echo by a process of its own, so that its message can be caught
put() { bash -c 'echo "$1" >> "$2"' put "$1" "$2"; }

# Python with the helpers of lib/cases.py; the program is stdin.
py() { need_python; PYTHONPATH=$LIB PYTHONDONTWRITEBYTECODE=1 "$PY" - "$@"; }

# A background process that really gets SIGINT (a shell without job control makes it ignored).
bg() { # COMMAND...: sets BG
	env --default-signal=INT "$@" &
	BG=$!
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# Words that no log may hold. A case that provokes one of them says which: expected='...'
expected=
scan_logs() {
	local f bad
	for f in "$WORK"/*.log; do
		[[ -e $f ]] || continue
		bad=$(grep -niE 'assert|sanitizer|runtime error|leak|double|\bbug\b|segfault' "$f" |
			grep -vE -- "${expected:-^$}" || :)
		[[ -z $bad ]] || { echo "FAIL: in ${f##*/}: ${bad:0:2000}" >&2; return 1; }
	done
}

# --- the end ----------------------------------------------------------------------------------

at_exit() {
	local status=$? pid var
	trap - ERR EXIT
	set +e
	ending=1
	thaw
	exec 0</dev/null 3>&- 4>&- 5>&- 7>&-	# what the case had open of the mount
	for pid in $(jobs -p); do
		case " ${daemon[*]} $own_pid " in
		*" $pid "*) ;;
		*) kill -KILL "$pid" && wait "$pid" ;;
		esac
	done 2>/dev/null
	for var in "${!daemon[@]}"; do
		mount_down -v "$var" || status=1
	done
	scan_logs || status=1
	[[ ! -e $WORK/failed ]] || status=1
	[[ -z $killed ]] || cluster revive >revive.out 2>&1 || { cat revive.out >&2; status=1; }
	[[ -z $own_pid ]] || { echo quit >"$MOCK_CTL"; wait "$own_pid"; }
	exit "$status"
}
trap at_exit EXIT
