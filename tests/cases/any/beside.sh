# beside.sh - beside any its partitions are busy as files; other topics' files commit through the member.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
topic O 1
mount_up
put first "$M/$T/0"
put other "$M/$O/0"
exec 3<"$M/$T/any"
read -r l <&3
same first "$l"
fails 'Device or resource busy' cat "$M/$T/0"
[[ $(getfattr --only-values -n user.kafka.error "$M/$T/0") == *"$T/any"* ]] || fail 'no reason'
same first "$(cat "$M/$T/0@0")"	# looking is not reading
same other "$(cat "$M/$O/0")"
same 1 "$(committed "$O" 0)"
exec 3<&-
# the other way round
put more "$M/$T/1"
wait_for '[[ $(cat "$M/$T/1" 2>err) == more ]]' 20	# once the brokers know that the member left
put still "$M/$T/1"
exec 3<"$M/$T/1"
read -r l <&3
fails 'Device or resource busy' head -n 1 "$M/$T/any"
exec 3<&-
