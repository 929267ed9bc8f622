# fields.sh - awk, sed, cut and paste take what they read past.
# SPDX-License-Identifier: MIT
. "$LIB/tools.sh"

form end 'awk 1 0'
form end "awk '{ n += \$2 } END { print n }' 0"
form none 'awk "NR == 3 { exit } 1" 0'
form end 'sed -n 2,4p 0'
form none 'sed 3q 0'
form end 'cut -c 6- 0'
form end "cut -d ' ' -f 2 0"
form end 'paste 0 $FILE'
form end 'paste -s 0'
try_rows
