# help.sh - --help lists every option of this version, on stdout, with status 0.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

"$BFS" --help >out 2>err
same '' "$(<err)"
"$BFS" -h | cmp - out
for o in -f -d -h --help -V --version -F -X --embedded group= start= ack= timeout= write_timeout= \
	create= internal ro lazy uid= gid= umask= allow_other memory= window= max_open= refresh= \
	isolation=; do
	grep -qF -- "$o" out || fail "no $o in --help"
done
grep -qi 'usage' out
