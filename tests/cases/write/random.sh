# random.sh - random writers of every kind at once: each line is one message, once and in order.
# N=1000000 tests/cases/run --kafka write/random is the long form; SEED= repeats a run.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need_python
topic T 6
mount_up
tools=$ROOT/tests/tools
export BROKERS PYTHONDONTWRITEBYTECODE=1
"$PY" "$tools/writers.py" write "$M/$T" 6
mount_down
"$PY" "$tools/writers.py" check "$T" 6
