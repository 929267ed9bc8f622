# tools.sh - tee, dd, awk, sed and python write like to any file.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 6
mount_up
seq 1 20000 >wanted
tee -a "$M/$T/0" <wanted >/dev/null
tee "$M/$T/1" <wanted >/dev/null
dd if=wanted of="$M/$T/2" bs=64K conv=notrunc 2>/dev/null
dd if=wanted of="$M/$T/3" bs=777 oflag=append conv=notrunc,fsync 2>/dev/null
awk -v f="$M/$T/4" '{ print >f }' wanted
sed -n "w $M/$T/5" wanted
for p in 0 1 2 3 4 5; do
	kconsume "$T" "$p" >got
	same_file wanted got
done
