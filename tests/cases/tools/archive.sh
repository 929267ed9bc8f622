# archive.sh - rsync, tar and zip have every byte; what trusts the size does not read on to the end.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

nothing_taken() { same 0 "$(cd "$D" && tar cf - 0 | tar xOf - | wc -c)" size; }

with rsync
form none 'rsync 0 $OUT/copy'
form none 'rsync -r ./ $OUT/copy'
with tar
# Without opening it, tar believes the size of a file nobody has open, 0: it takes nothing. With
# the file held open it does not read on to the end.
row none 'tar cf - 0, unopened' nothing_taken
form 2517 'exec 3<0; tar cf - 0 | tar xOf -' 'tar cf - 0, open'
form 2474 'exec 3<0; tar cf - . | tar xOf -' 'tar cf - ., open'
with zip python3
form end 'zip -q $OUT/z 0 && python3 -m zipfile -e $OUT/z.zip $OUT && rm $OUT/z.zip' 'zip z 0'
form end 'zip -qr $OUT/z . && python3 -m zipfile -e $OUT/z.zip $OUT && rm $OUT/z.zip' 'zip -r z .'
try_rows
