# follower.sh - a follower that waits for inotify only, never asking on its own, sees every line.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need kcat
topic_now T 1
seq -f 'old %g' 1 100 | kproduce "$T" 0
mount_up
need_python
cat >follow.py <<'END'
import sys
from cases import *

fd = os.open(sys.argv[1], os.O_RDONLY)
watch = Watch(sys.argv[1])
while True:
    os.write(1, read_all(fd))
    while not watch.events(1000):
        pass
END
PYTHONPATH=$LIB PYTHONDONTWRITEBYTECODE=1 "$PY" follow.py "$M/$T/0" >seen &
seq -f 'old %g' 1 100 >wanted
wait_for 'cmp -s wanted seen' 10
for i in {1..10}; do
	seq -f "new $i %g" 1 $((i * i)) >batch.txt
	kproduce "$T" 0 <batch.txt
	cat batch.txt >>wanted
	wait_for 'cmp -s wanted seen' 5 || { same_file wanted seen; }
done
# what is written through the mount, too: the first write of a file is there when it returns, the
# later ones come with the next delivery
{ for i in {1..20}; do echo "mine $i"; done; } >>"$M/$T/0"
seq -f 'mine %g' 1 20 >>wanted
wait_for 'cmp -s wanted seen' 5 || same_file wanted seen
