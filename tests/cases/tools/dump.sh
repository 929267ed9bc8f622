# dump.sh - checksums and dumps are those of an ordinary file; file looks at the beginning only.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'md5sum 0'
form end 'sha256sum <0'
form end 'od 0'
form 8 'od -N 100 -c 0'	# reads 16 bytes at a time
with xxd
form end 'xxd 0'
form none 'xxd -l 100 0'
with file
form none 'file - <0'
form none 'exec 3<0; file 0' 'file 0, open'	# unopened, its size is 0: empty
try_rows
