# mmap.sh - a finished range can be mapped, and read as text and binary; a growing one can't be.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
seq -f 'line %.0f' 0 49999 >all
kproduce "$T" 0 <all
py "$M/$T/0" all <<'E'
from cases import *
import mmap
wanted = open(sys.argv[2], "rb").read()
path = sys.argv[1] + "@earliest..latest"
with open(finished(path), "rb") as f:
    for access in mmap.ACCESS_READ, mmap.ACCESS_COPY:
        with mmap.mmap(f.fileno(), 0, access=access) as m:
            same(len(wanted), len(m), "mapped size")
            same(wanted, m[:], "mapped bytes")
            same(wanted.find(b"line 40000"), m.find(b"line 40000"))
    with mmap.mmap(f.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as m:
        same(wanted[-5000:], m[-5000:])
same(wanted, open(path, "rb").read())
same(wanted, open(path, "rb", buffering=0).read())
same(wanted.decode().splitlines(), [l.rstrip("\n") for l in open(path)])
with open(path) as f:
    f.seek(9 * 1000)
    same(wanted[9000:9000 + 100].decode(), f.read(100))
with open(sys.argv[1] + "@earliest", "rb") as f:
    fails("ENODEV", mmap.mmap, f.fileno(), 4096, mmap.MAP_SHARED, mmap.PROT_READ)
E
same none "$(committed "$T" 0)"
