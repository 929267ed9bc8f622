# again.sh - a finished range between two offsets is read again from the kernel's page cache.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 0 199999 | tee all | kproduce "$T" 0
sum=$(sed -n 1001,190000p all | md5sum)
range=$M/$T/0@1000..190000
value() { awk -v name="$1" '$1 == name { print $2 }' "$M/.brokerfs/metrics"; }
returned() { value brokerfs_read_bytes_total; }
from_cache() { # a whole reading without a byte from brokerfs
	local before
	before=$(returned)
	same "$sum" "$(cat "$range" | md5sum)"
	[[ $(returned) == "$before" ]]
}

same "$sum" "$(cat "$range" | md5sum)"
wait_for from_cache 20
from_cache || fail "once more"
same "$(stat -c %s "$range")" "$(sed -n 1001,190000p all | wc -c)"
cmp <(sed -n 1001,190000p all) "$range"

# pages that the kernel drops are fetched again
if [[ -n $PY ]]; then
	before=$(returned)
	py "$range" <<-'E'
	from cases import *
	import os
	fd = os.open(sys.argv[1], os.O_RDONLY)
	os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
	E
	same "$(sed -n '150000,150005p' all)" "$(sed -n '149000,149005p' "$range")"
	same "$sum" "$(cat "$range" | md5sum)"
	(($(returned) > before)) || fail 'nothing was dropped'
fi

# what can grow is not kept
more=$M/$T/0@199990..200010
same "$(seq -f 'line %.0f' 199990 199999)" "$(cat "$more")"
same "$(seq -f 'line %.0f' 199990 199999)" "$(cat "$more")"
seq -f 'line %.0f' 200000 200005 | kproduce "$T" 0
same "$(seq -f 'line %.0f' 199990 200005)" "$(cat "$more")"
same none "$(committed "$T" 0)"
