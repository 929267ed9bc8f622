# bytes.sh - empty lines are empty messages; CR, NUL and any other byte stay.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
printf '\n\ndos\r\n\n' >>"$M/$T/0"
same '0 0 4 0' "$(kconsume "$T" 0 -f '%S ' | sed 's/ $//')" 'sizes'
topic U 1
mount_up -v N
"${PY:-python3}" -c 'import sys; sys.stdout.buffer.write(bytes(b for b in range(256) if b != 10) + b"\n")' >wanted
cat wanted >>"$N/$U/0"
kconsume "$U" 0 >got
same_file wanted got
printf 'dos\r' >wanted
kconsume "$T" 0 -o 2 -c 1 -D '' >got
same_file wanted got
