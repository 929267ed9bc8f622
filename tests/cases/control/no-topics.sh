# no-topics.sh - temporary files of editors and tools become nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up -o allow_delete
topics() { kcat -L -b "$BROKERS" | sed -n 's/^ *topic "\([^"]*\)".*/\1/p' | grep -e "${T%-*}" -e '[.#~]' -e '^sed' -e 4913 | sort || :; }
topics >before
seq 3 >"$M/$T/0"
in_dir() { (cd "$1" && "${@:2}"); }
for at in "$M" "$M/$T"; do
	for name in "$T-x" .#lock 4913 .0.swp 0~ '#0#'; do
		fails 'not permitted' in_dir "$at" touch "$name"
		fails 'not permitted' in_dir "$at" bash -c ': >"$0"' "$name"
		fails 'not permitted' in_dir "$at" bash -c 'echo x >>"$0"' "$name"
	done
	fails 'not permitted' mktemp -p "$at"
	fails 'not permitted' cp before "$at/$T-copy"
	fails 'not permitted' mv before "$at/$T-moved"
	fails 'not permitted' ln -s user@host.1:1 "$at/.#0"
	fails 'not permitted' mkfifo "$at/$T-fifo"
done
fails "couldn't open temporary file" in_dir "$M/$T" sed -i s/1/2/ 0
in_dir "$M/$T" perl -i -pe s/1/2/ 0 2>&1 | grep -q 'not permitted'
fails '' rsync before "$M/$T/0"
fails 'not permitted' mv "$M/$T/0" "$M/$T/0~"
if command -v vim >/dev/null; then # with swap and backup files
	for f in "$T-new" "$T/0@earliest" "$T/1"; do
		timeout 20 vim -u NONE -es -c 'set backup' -c 'normal Gox' -c 'w!' -c 'q!' "$M/$f" \
			</dev/null >/dev/null 2>&1 || :
	done
fi
topics >after
same_file before after
same 0 "$(ls "$M/$T")"
same 3 "$(end_of "$T" 0)"
