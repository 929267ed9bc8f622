# perl.sh - perl reads lines and all at once; what it leaves when it stops early stays.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

with perl
form end 'perl -ne print 0'
form end 'perl -0777 -ne print 0'
form end 'perl -ne "print if eof" 0'
form none 'perl -ne "print; last" 0'
try_rows
