# dump.sh - checksums and dumps are those of an ordinary file; file looks at the beginning only.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'md5sum 0'
form end 'sha256sum <0'
form end 'od 0'
form none 'od -N 100 -c 0'
with xxd
form end 'xxd 0'
form none 'xxd -l 100 0'
with file
form none 'file 0'
try_rows
