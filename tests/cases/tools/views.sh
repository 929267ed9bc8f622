# views.sh - what wants a file that ends, or keys and times, has it from a view.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

range=earliest..latest

in_range() { # COMMAND: prints of the view what it prints of the ordinary file
	(cd "$D" && OUT=$P.view FILE=0@$range bash -c "$1") >got
	(cd "$P" && OUT=$P.view FILE=0 bash -c "$1") >wanted
	same_file wanted got
}
view() { row none "$1" in_range "${2:-$1}"; }
mapped() {
	py "$D/0@$range" "$P/0" <<-'END'
	import mmap
	from cases import *
	whole = mmap.mmap(finished(sys.argv[1]), 0, access=mmap.ACCESS_READ)
	same(open(sys.argv[2], "rb").read(), whole[:])
	END
}
values() { (cd "$D" && jq -r .value "0.json@$range") >got; same_file "$P/0" got; }

view 'cat 0@FROM..TO' 'cat $FILE'
view 'wc 0@FROM..TO' 'wc <$FILE'
view 'tail -n 5 0@FROM..TO' 'tail -n 5 $FILE'
view 'tac 0@FROM..TO' 'tac $FILE'
view 'split -n l/3 0@FROM..TO' 'split -n l/3 --filter=md5sum $FILE'
with rsync
view 'rsync 0@FROM..TO' 'rsync $FILE $OUT && cat $OUT'
with tar
view 'tar cf - 0@FROM..TO' 'tar cf - $FILE | tar xOf -'
with python3
row none 'python: mmap of 0@FROM..TO' mapped
with jq
row none 'jq -r .value 0.json@FROM..TO' values
try_rows
