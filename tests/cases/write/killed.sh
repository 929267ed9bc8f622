# killed.sh - a writer killed midway leaves whole lines, and the next writer starts a line of its own.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
bash -c 'i=0; while :; do i=$((i + 1)); printf "line %d" $i; printf " end\n"; done >>"$1"' - "$M/$T/0" &
pid=$!
wait_for '(($(end_of "$T" 0) > 100))' 10
kill -KILL "$pid"
wait "$pid" || :
put after "$M/$T/0"
kconsume "$T" 0 >got
same after "$(tail -n 1 got)"
n=$(grep -cE '^line [0-9]+ end$' got)
same "$(seq -f 'line %.0f end' 1 "$n")" "$(head -n "$n" got)"
# besides there is at most the line it was killed in
(($(wc -l <got) <= n + 2)) || fail "$(tail -n 3 got)"
