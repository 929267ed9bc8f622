# frozen-random.sh - the broker says nothing for a while: writers fail in time, and nothing is repeated.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_python
own_broker
topic T 6
mount_up -o write_timeout=2
tools=$ROOT/tests/tools
export BROKERS PYTHONDONTWRITEBYTECODE=1 FAILING=1
N=${N:-20000} "$PY" "$tools/writers.py" write "$M/$T" 6 >out &
driver=$!
wait_for '(( $(end_of "$T" 0) > 300 ))' 20
freeze
# Each within 2 s a call; but a writer may make two that wait, and rsync holds others up.
wait_for '(( $(grep -c "^writer" out) >= 6 ))' 20
thaw
wait "$driver"
cat out
same "$(grep -c '^writer' out)" "$(grep -cE 'timed out|(echo|printf): I/O error' out)" \
	'writers that say why'	# dash's own commands never say more
mount_down
"$PY" "$tools/writers.py" check "$T" 6
