# off.sh - with inotify=off there is no helper, and nobody is told.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

need kcat
topic_now T 1
mount_up -o inotify=off
same '' "$(helper_of M)"
py "$M/$T/0" "$T" <<'END'
import sys
from cases import *

path, topic = sys.argv[1:]
fd = os.open(path, os.O_RDONLY)
same(b"", read_all(fd))
watch = Watch(path)
produce(topic, 0, "one")
until(lambda: read_all(fd) == b"one\n", 5)
same([], watch.events(0.5), "events with inotify=off")
END
