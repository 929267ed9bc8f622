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
python end 'shutil.copyfile' 'import os, shutil; shutil.copyfile("0", os.environ["OUT"] + "/copy")'
try_rows
