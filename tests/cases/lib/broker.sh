# shellcheck shell=bash
# broker.sh - starts the mock broker as a process, for the run or for one case.
# SPDX-License-Identifier: MIT

# Starts it with N nodes. Commands go into the fifo $MOCK_CTL, replies are lines of $MOCK_CTL.out.
# Sets BROKERS and mock_pid. The file descriptor that keeps the fifo open is leaked on purpose: the
# broker ends with whoever started it.
start_mock() { # NODES
	local i fd
	mkfifo "$MOCK_CTL"
	: >"$MOCK_CTL.out"
	"$MOCK" "$1" <"$MOCK_CTL" >"$MOCK_CTL.out" 2>"$MOCK_CTL.err" &
	mock_pid=$!
	exec {fd}>"$MOCK_CTL"
	for ((i = 0; i < 200 * SLOW; i++)); do
		BROKERS=$(sed -n 's/^BROKERS //p' "$MOCK_CTL.out")
		[[ -z $BROKERS ]] || { export BROKERS; return; }
		kill -0 "$mock_pid" 2>/dev/null || break
		sleep 0.05
	done
	echo "the mock broker did not start: $(<"$MOCK_CTL.err")" >&2
	return 1
}
