# rsync.sh - rsync and zip, which believe a size, store every byte of a fixed range.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need rsync
topic T 1
mount_up
seq -f 'line %.0f' 0 49999 >all
kproduce "$T" 0 <all
for n in 0@0..50000 0@earliest..latest 0@-50000..latest; do
	rm -rf to
	rsync -a --no-p "$M/$T/$n" to
	same_file all to || fail "$n"
	rsync -a --no-p --inplace --no-whole-file --checksum "$M/$T/$n" to
	same_file all to || fail "$n again"
	command -v zip >/dev/null && command -v unzip >/dev/null || continue
	rm -f z.zip
	(cd "$M/$T" && zip -q "$WORK/z.zip" "$n")
	unzip -p z.zip >got
	same_file all got || fail "zip of $n"
done
same none "$(committed "$T" 0)"
