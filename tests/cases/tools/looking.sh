# looking.sh - what only looks moves nothing.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form none 'ls'
form none 'ls -l | wc -l' 'ls -l'
form none 'ls -i | wc -l' 'ls -i'
form none 'stat -c "%n %h %b" 0 | cut -d " " -f -2' 'stat 0'
form none 'find .'
form none 'find . -type f -newermt 2000-01-01'
form none 'du -a | cut -f 2' 'du -a'
form none 'test -e 0 && test -f 0 && test -r 0 && echo yes' 'test -e 0'
try_rows
