# copy.sh - copies are complete, whatever the tool thinks of the size.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'cp 0 $OUT/copy'
form end 'cp --sparse=always 0 $OUT/copy'
form end 'cp --sparse=never 0 $OUT/copy'
form end 'cp --reflink=auto 0 $OUT/copy'
form end 'cp -r . $OUT/copy'
form end 'install -m 600 0 $OUT/copy'
form end 'tee $OUT/copy <0'
form end 'split -l 1000 0 $OUT/x'
form end 'split -b 10000 0 $OUT/x'
form end 'split -n 3 0 $OUT/x'
form end 'split -n l/3 0 $OUT/x'
try_rows
