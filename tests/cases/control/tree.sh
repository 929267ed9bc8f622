# tree.sh - .brokerfs: hidden from globs, and each of its files is text that can be read by any tool.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
C=$M/.brokerfs
[[ $(cd "$M" && echo *) != *brokerfs* ]] || fail 'seen by globs'
[[ " $(cd "$M" && echo .*) " == *" .brokerfs "* ]] || fail "not listed by ls -A"
same 'README brokers config create groups lag log metrics topics' "$(cd "$C" && echo *)"
[[ -d $C/groups/$GROUP ]] || fail "no own group"
same "lag members state $T" "$(cd "$C/groups/$GROUP" && echo [lms]* "$T")"
same '0.offset 1.offset' "$(cd "$C/groups/$GROUP/$T" && echo *)"
grep -q 'echo +1 >groups/billing/orders/0.offset' "$C/README"
grep -qx "group=$GROUP" "$C/config"
grep -q ' is mounted on ' "$C/log"
printf 'a\nb\nc\n' >"$M/$T/0"
same '2 3' "$(awk -v t="$T" '$1 == t { print $2, $4 }' "$C/topics")"
for f in README config topics brokers; do
	cat "$C/$f" >want
	same "$(wc -c <want)" "$(stat -c %s "$C/$f")" "the size of $f"
	cp "$C/$f" got && same_file want got
	dd if="$C/$f" of=got bs=7 status=none && same_file want got
	tail -n +1 "$C/$f" >got && same_file want got
	sort "$C/$f" >/dev/null
	[[ $(busybox cat "$C/$f" 2>/dev/null || cat want) == "$(cat want)" ]] || fail "busybox: $f"
done
tar -C "$C" -cf t.tar config && tar -xOf t.tar >got && same_file "$C/config" got
fails 'not permitted' bash -c "echo x >'$C/lag'"
fails 'not permitted' touch "$C/new"
fails 'not permitted' mkdir "$C/new"
fails 'not permitted' rm "$C/log"
fails 'not permitted' rmdir "$M/$T"
fails 'No such file' cat "$C/nothing"
same none "$(committed "$T" 0)"
