# less.sh - less shows the end without reading all, and with F what arrives.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

need_python
screen="'$PY' '$LIB/screen.py'"
with less
form none "$screen less 0 -- 'show:line 000001' type:q" 'less 0'
# its first look takes 256 bytes; -n, else it goes on to count the lines until a key is typed
form 21 "$screen less -n +G 0 -- 'show:line 003000' type:q" 'less -n +G 0'
# a key typed before less has drawn anew goes the way of what the terminal drops at an interrupt
form 21 "$screen less -n +F 0 -- 'show:line 003000' 'run:echo arrived >>0' show:arrived \
	'type:\x03' 'show:line 003000' type:q" 'less -n +F 0'
form 2730 "$screen less -n 0 -- 'type:/002222\n' 'show:line 002222' type:G 'show:line 003000' \
	type:q" 'less -n 0, search, G'
try_rows
