# busybox.sh - busybox's tools, which splice and sendfile, get every byte.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need busybox
topic T 8
mount_up
seq -f 'line %.0f' 1 20000 >wanted
p=0
for tool in cat 'head -n 99999' 'tail -n +1' 'sed -n p' 'grep line' 'head -c 9999999'; do
	kproduce "$T" "$p" <wanted
	# shellcheck disable=SC2086
	busybox $tool "$M/$T/$p" >got
	same_file wanted got
	p=$((p + 1))
done
kproduce "$T" 6 <wanted
busybox cp "$M/$T/6" got2
same_file wanted got2
kproduce "$T" 7 <wanted
same 20000 "$(busybox wc -l <"$M/$T/7")"
