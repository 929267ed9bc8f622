# kv.sh - a line of .kv is key, TAB, value; one without TAB has no key.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
show() { "$BUILD/tests/records" show "$BROKERS" "$T" "$1" | cut -d ' ' -f 2-; }
printf 'k\tv\tw\nnone\n\tempty\nk\t\n\nlast\tone' >>"$M/$T/0.kv"
same "$(printf '%s\n' '6b 760977' '- 6e6f6e65' '- 656d707479' '6b ' '- ' '6c617374 6f6e65')" "$(show 0)"
cat "$M/$T/0.kv@earliest..latest" >"$M/$T/1.kv"
same "$(show 0)" "$(show 1)"
paste <(seq 5000) <(seq -f 'value %.0f' 5000) >lines
cp lines "$M/$T/2.kv"
same_file lines "$M/$T/2.kv@0"
same 5000 "$(cut -f 1 "$M/$T/2.kv@-1")"
awk -v OFS='\t' '{print $2, $1 * 2}' lines | tee -a "$M/$T/2.kv" >/dev/null
same $'value\t10000' "$(cat "$M/$T/2.kv@-1")"
