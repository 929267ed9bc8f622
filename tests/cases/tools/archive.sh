# archive.sh - rsync, tar and zip have every byte; what trusts the size does not read on to the end.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

with rsync
form none 'rsync 0 $OUT/copy'
form none 'rsync -r ./ $OUT/copy'
with tar
# It does not read on to the end.
form 2517 'tar cf - 0 | tar xOf -' 'tar cf - 0'
form 2517 'exec 3<0; tar cf - 0 | tar xOf -' 'tar cf - 0, open'
form 2474 'exec 3<0; tar cf - . | tar xOf -' 'tar cf - ., open'
with zip python3
form end 'zip -q $OUT/z 0 && python3 -m zipfile -e $OUT/z.zip $OUT && rm $OUT/z.zip' 'zip z 0'
form end 'zip -qr $OUT/z . && python3 -m zipfile -e $OUT/z.zip $OUT && rm $OUT/z.zip' 'zip -r z .'
try_rows
