# refused.sh - no file can be made, nothing renamed, linked, removed or changed: EPERM, at once.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
py "$M" "$T" <<'E'
from cases import *
root, topic = sys.argv[1:]
d = root + "/" + topic
f = d + "/0"
new = os.O_CREAT | os.O_WRONLY
fails("EPERM", os.mkdir, d + "/new")
fails("EEXIST", os.mkdir, d)
fails("EPERM", os.open, root + "/new", new)
for name in ("/new", "/2", "/.0.swp", "/0~", "/4913"):
    fails("EPERM", os.open, d + name, new)
fails("EEXIST", os.open, f, new | os.O_EXCL)
fails("EPERM", os.rename, f, d + "/9")
fails("EPERM", os.rename, f, d + "/1")
fails("EPERM", os.rename, d, root + "/new")
fails("EPERM", os.link, f, d + "/9")
fails("EPERM", os.symlink, "x", d + "/9")
fails("EPERM", os.unlink, f)
fails("EPERM", os.rmdir, d)
fails("EPERM", os.mkfifo, d + "/9")
fails("EPERM", os.truncate, f, 0)
fails("EPERM", os.truncate, f, 5)
fails("EPERM", os.chmod, f, 0o600)
fails("EPERM", os.chmod, d, 0o700)
fails("EPERM", os.chown, f, os.getuid(), os.getgid())
same(["0", "1"], sorted(os.listdir(d)))
E
fails 'not permitted' rm -f "$M/$T/0"
fails 'not permitted' rm -rf "$M/$T"
fails 'not permitted' mv "$M/$T/0" "$M/$T/1"
same '' "$(kconsume "$T" 0)" 'messages after all that'
