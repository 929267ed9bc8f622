# python.sh - python reads text and bytes, seeks to the end and back, and copies with sendfile.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

need_python
python() { form "$1" "'$PY' -c '$3'" "python: $2"; }	# COMMITS NAME PROGRAM

python end 'for line' 'for line in open("0"): print(line, end="")'
python end 'read' 'print(len(open("0").read()))'
python end 'read, bytes' 'import sys; sys.stdout.buffer.write(open("0", "rb").read())'
python none 'read(100), bytes' 'print(open("0", "rb").read(100))'
python none 'seek(0, 2)' 'f = open("0", "rb"); print(f.seek(0, 2))'
python end 'seek(0, 2), read' 'f = open("0"); f.seek(0, 2); f.seek(0); print(f.read())'
spliced() { # NAME CALL: the kernel refuses it at once, and a tool reads then
	python end "os.$1, else read" "
import errno, os, sys
f, n = os.open(\"0\", os.O_RDONLY), 0
r, w = os.pipe()
out = os.open(os.environ[\"OUT\"] + \"/copy\", os.O_WRONLY | os.O_CREAT, 0o600)
try:
	while True:
		n = $2
		if not n: break
		if \"$1\" == \"splice\": os.write(out, os.read(r, n))
except OSError as e:
	if e.errno != errno.EINVAL: raise
while True:
	part = os.read(f, 65536)
	if not part: break
	os.write(out, part)"
}
spliced sendfile 'os.sendfile(out, f, None, 65536)'
if "$PY" -c 'import os; os.splice' 2>python.err; then spliced splice 'os.splice(f, w, 65536)'; fi
python end 'shutil.copyfile' 'import os, shutil; shutil.copyfile("0", os.environ["OUT"] + "/copy")'
try_rows
