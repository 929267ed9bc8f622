# raw.sh - all that is written from open to the last close of .raw is one message, or none.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
head -c 700000 /dev/urandom >photo
cp photo "$M/$T/0.raw"
same 1 "$(end_of "$T" 0)"
cp "$M/$T/0.raw@-1" back
same_file photo back
cat photo >"$M/$T/0.raw"
dd if=photo of="$M/$T/0.raw" bs=4321 status=none
{ head -c 1000; cat; } <photo >>"$M/$T/0.raw"
(for i in {1..20}; do head -c 35000; done) <photo >"$M/$T/0.raw"
install -m 644 photo "$M/$T/0.raw" 2>/dev/null || :	# what it wants beside writing is refused
python3 -c 'import sys; open(sys.argv[2], "wb").write(open(sys.argv[1], "rb").read())' photo "$M/$T/0.raw"
for i in 1 2 3 4 5; do
	cp "$M/$T/0.raw@$i..+1" back
	same_file photo back
done
printf 'line\nline\n' >"$M/$T/1.raw"
printf 'no newline' >"$M/$T/1.raw"
: >"$M/$T/1.raw"
same 2 "$(end_of "$T" 1)"
same 'no newline' "$(cat "$M/$T/1.raw@-1")"
# too long: refused, and nothing of it is sent
head -c 3000000 /dev/zero >big
fails 'Message too long' cp big "$M/$T/2.raw"
fails 'Message too long' bash -c 'cat big >"$1"' - "$M/$T/2.raw"
same 0 "$(end_of "$T" 2)"
