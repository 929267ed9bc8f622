# splice.sh - splice and sendfile are refused, so that tools fall back to read and get every byte.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 1 5000 >wanted
kproduce "$T" 0 <wanted
py "$M/$T/0" <<'E'
from cases import *
fd = os.open(sys.argv[1], os.O_RDONLY)
out = os.open("out", os.O_WRONLY | os.O_CREAT)
r, w = os.pipe()
fails("EINVAL", os.sendfile, out, fd, None, 65536)
fails("EINVAL", os.sendfile, out, fd, 0, 65536)
if hasattr(os, "splice"):
    fails("EINVAL", os.splice, fd, w, 65536)
same(open("wanted", "rb").read(), read_all(fd))
fails("EINVAL", os.sendfile, out, fd, 0, 65536)
E
same 5000 "$(committed "$T" 0)"
