# tools.sh - every tool that reads a file sees the same bytes.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 14
mount_up
seq -f 'line %.0f' 1 3000 >wanted
p=0
for tool in cat 'sed -n p' 'awk 1' 'grep line' 'tail -n +1' 'head -n 9999' 'sort -s -k 1,1' 'dd bs=7000' \
	'dd bs=1M' 'cut -c 1-' 'paste' 'head -c 999999' 'tail -c +1' tac; do
	kproduce "$T" "$p" <wanted
	case $tool in
	dd*) $tool if="$M/$T/$p" 2>/dev/null >got ;;
	tac) tac "$M/$T/$p" | tac >got ;;
	*) $tool "$M/$T/$p" >got ;;
	esac
	same_file wanted got
	p=$((p + 1))
done
