# dd.sh - dd takes over the records before its last block, and none when it skips any.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'dd bs=7000 if=0'
form end 'dd bs=1M if=0'
form none 'dd bs=12 skip=2 count=2 if=0'
form none 'dd bs=4096 skip=1 if=0'
form 4 'dd bs=12 count=5 if=0'
form 3 'dd bs=10 count=5 if=0'
try_rows
