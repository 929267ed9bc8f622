# tar.sh - tar, which looks before it opens, stores every byte of a fixed range.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need tar jq
topic T 1
mount_up
seq -f 'line %.0f' 0 49999 >all
kproduce "$T" 0 <all
for n in 0@0..50000 0@earliest..latest 0@-50000..latest; do
	tar -C "$M/$T" -cf t.tar "$n"
	tar -xOf t.tar "$n" >got
	same_file all got || fail "$n"
	same none "$(committed "$T" 0)"
done
tar -C "$M/$T" -czf t.tar 0.json@0..3 0.raw@-1 0.kv@7..8
mkdir to
tar -C to -xf t.tar
same 'line 0 line 1 line 2' "$(jq -r .value 'to/0.json@0..3' | xargs)"
same 'line 49999' "$(<'to/0.raw@-1')"
same $'\tline 7' "$(<'to/0.kv@7..8')"
