# kv.sh - .kv is key, TAB, value; .raw is the bytes alone, so one message is a file.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
printf 'a:1\nb:2\n:3\na:4\n' | kproduce "$T" 0 -K:
echo plain | kproduce "$T" 0
same 'a b  a ' "$(cut -f 1 "$M/$T/0.kv@earliest" | tr '\n' ' ' | sed 's/ $//')"
same '1 2 3 4 plain' "$(cut -f 2 "$M/$T/0.kv@earliest" | xargs)"
same $'a\t4' "$(cat "$M/$T/0.kv@3..4")"
same '1 4' "$(awk -F '\t' '$1 == "a" {print $2}' "$M/$T/0.kv@0..+5" | xargs)"
same 1234plain "$(cat "$M/$T/0.raw@0")"
head -c 300000 /dev/urandom >photo
kproduce "$T" 1 photo
printf 'no newline' >text
kproduce "$T" 1 text
for r in 0..1 -2..-1 earliest..+1 0..+1; do
	cp "$M/$T/1.raw@$r" copy
	same_file photo copy || fail "1.raw@$r"
	same 300000 "$(wc -c <"$M/$T/1.raw@$r")"
done
cp "$M/$T/1.raw@-1" copy
same_file text copy
cat "$M/$T/1.raw@earliest" >copy
same_file <(cat photo text) copy
same none "$(committed "$T" 1)"
cat "$M/$T/1.raw" >copy	# consumes
same_file <(cat photo text) copy
same 2 "$(committed "$T" 1)"
same 5 "$(wc -l <"$M/$T/0.kv")"
