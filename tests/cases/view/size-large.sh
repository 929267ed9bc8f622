# size-large.sh - the size of a fixed range larger than the window is exact too.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

n=200000 options=()
# the mock keeps 5 MiB a partition
if [[ $TARGET == mock ]]; then n=40000 options=(-o window=1M); fi
topic T 1
mount_up "${options[@]}"
seq -f '%099.0f' 1 "$n" >all
kproduce "$T" 0 <all
same "$n" "$(end_of "$T" 0)"
size=$((n * 100))
same "$size" "$(wc -c <"$M/$T/0@0..$n")"
exec 5<"$M/$T/0@earliest..latest"
same "$size" "$(stat -L -c %s "/proc/$$/fd/5")"
same "$(md5sum <all)" "$(md5sum <&5)"
exec 5<&-
tail -n 3 "$M/$T/0@0..$n" >got
same_file <(tail -n 3 all) got
dd if="$M/$T/0@0..$n" bs=100 skip=$((n - 5)) count=2 status=none >got
same_file <(tail -n 5 all | head -n 2) got
cp "$M/$T/0@0..$n" copy
same_file all copy
