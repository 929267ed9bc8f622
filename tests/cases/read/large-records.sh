# large-records.sh - records of 500 KB come whole.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
for i in 1 2 3; do
	head -c 375000 /dev/urandom | base64 -w 0 >"r$i"
	kproduce "$T" 0 "r$i"
	cat "r$i" >>wanted
	echo >>wanted
done
same 3 "$(end_of "$T" 0)"
cat "$M/$T/0" >got
same_file wanted got
same '' "$(cat "$M/$T/0")"
