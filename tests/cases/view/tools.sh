# tools.sh - tools that trust a size, seek or map get every byte of a fixed range.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 0 49999 >all
kproduce "$T" 0 <all
V="$M/$T/0@1000..41000"
sed -n '1001,41000p' all >wanted
cp "$V" got; same_file wanted got
cp --sparse=always "$V" got; same_file wanted got
install -m 600 "$V" got; same_file wanted got
dd if="$V" of=got bs=4k status=none; same_file wanted got
dd if="$V" bs=10 skip=300 count=77 status=none >got
same_file <(dd if=wanted bs=10 skip=300 count=77 status=none) got
same_file <(tail -n 20 wanted) <(tail -n 20 "$V")
same_file <(tail -c 1234 wanted) <(tail -c 1234 "$V")
same_file <(head -n -39990 wanted) <(head -n -39990 "$V")
tac "$V" >got; same_file <(tac wanted) got
split -n 3 "$V" part.; cat part.a? >got; same_file wanted got
split -l 9999 "$V" piece.; cat piece.a? >got; same_file wanted got
same "$(md5sum <wanted)" "$(md5sum <"$V")"
same "$(wc <wanted)" "$(wc <"$V")"
sort -r "$V" >got; same_file <(sort -r wanted) got
same "$(grep -c 7 wanted)" "$(grep -c 7 "$V")"
same_file wanted "$V"
diff wanted "$V"
cat "$V" - </dev/null >got; same_file wanted got
