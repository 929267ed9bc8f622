# vim.sh - vim -R reads all, and leaves no swap file.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

need_python
screen="'$PY' '$LIB/screen.py'"
for v in vim vim.tiny vi; do if command -v $v >/dev/null; then break; fi; done
with $v
form end "$screen $v -u NONE -R + 0 -- 'show:line 003000' 'type::q\\n'; ls -A" 'vim -R 0'
form end "$screen $v -u NONE -R -n + 0 -- 'show:line 003000' 'type::q\\n'" 'vim -R -n 0'
try_rows
