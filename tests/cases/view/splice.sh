# splice.sh - sendfile and splice take finished ranges whole, and are refused on others.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 0 49999 >all
# a short first batch: an open is content with it
head -n 1 all | kproduce "$T" 0
tail -n +2 all | kproduce "$T" 0
py "$M/$T/0" all <<'E'
from cases import *
wanted = open(sys.argv[2], "rb").read()

def sent(fd, offset):
    out = os.open("out", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    while os.sendfile(out, fd, offset, 65536):
        if offset is not None:
            offset = os.lseek(out, 0, os.SEEK_CUR)
    os.close(out)
    return open("out", "rb").read()

def spliced(fd):
    r, w = os.pipe()
    parts = []
    while True:
        n = os.splice(fd, w, 65536)
        if not n:
            return b"".join(parts)
        while n:
            parts.append(os.read(r, n))
            n -= len(parts[-1])

for r in "@earliest..latest", "@0..50000", "@0..+50000":
    fd = finished(sys.argv[1] + r)
    same(wanted, sent(fd, None), "sendfile " + r)
    same(wanted, sent(fd, 0), "sendfile by place " + r)
    os.lseek(fd, 0, os.SEEK_SET)
    if hasattr(os, "splice"):
        same(wanted, spliced(fd), "splice " + r)
    os.close(fd)
def refused(call, *args):
    try:
        same(0, call(*args))
    except OSError as e:
        same(errno.EINVAL, e.errno)
        return True

for r in "@earliest", "@earliest..":
    fd = os.open(sys.argv[1] + r, os.O_RDONLY)
    out = os.open("out", os.O_WRONLY | os.O_CREAT)
    fails("EINVAL", os.sendfile, out, fd, 0, 65536)
    same(wanted[:6], os.read(fd, 6))
    same(wanted[6:1000], b"".join(os.read(fd, 1) for i in range(994)))
    until(lambda: refused(os.sendfile, out, fd, None, 65536), 2)
    os.close(fd)
E
