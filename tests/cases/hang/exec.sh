# exec.sh - a program that execs another with a close-on-exec file of ours open is not stuck there.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq 1 100 | kproduce "$T" 0
cat >exec.py <<'END'
import os, sys
fd = os.open(sys.argv[1], int(sys.argv[2]) | os.O_CLOEXEC)
os.read(fd, 10) if fd and int(sys.argv[2]) == os.O_RDONLY else os.write(fd, b"no newline")
os.execv("/bin/echo", ["echo", "went on"])
END
# The kernel holds a lock of the process while it closes the file; a daemon that looks at the
# process in the wrong place waits for it, and so does everybody's ps.
for flags in 0 1; do
	out=$(timeout -s KILL 10 python3 exec.py "$M/$T/0" "$flags") || fail "exec with flags $flags: $?"
	same 'went on' "$out"
done
same 'no newline' "$(kconsume "$T" 0 | tail -1)"
timeout -s KILL 10 xargs -a "$M/$T/0" true || fail "xargs: $?"
