# pipelined.sh - later writes on a handle don't wait for the broker; close waits for all.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

own_broker 1 faults
topic T 1
mount_up
mock rtt 1 200
# 200 lines one after the other would take 40 s
within 5000 bash -c 'for i in {1..200}; do echo $i; done >>"$1"' - "$M/$T/0"
mock rtt 1 0
same "$(seq 1 200)" "$(kconsume "$T" 0)"
