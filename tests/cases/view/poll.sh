# poll.sh - select, poll and epoll tell of arrivals on a range that waits; O_NONBLOCK is EAGAIN.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 1
mount_up
put old "$M/$T/0"
py "$M/$T/0@latest.." "$M/$T/0" <<'E'
from cases import *
import select

def by_select(fd, t):
    return bool(select.select([fd], [], [], t)[0])

def by_poll(fd, t):
    p = select.poll()
    p.register(fd, select.POLLIN)
    return bool(p.poll(t * 1000))

def by_epoll(fd, t):
    with select.epoll() as e:
        e.register(fd, select.EPOLLIN)
        return bool(e.poll(t))

def by_edge(fd, t):
    with select.epoll() as e:
        e.register(fd, select.EPOLLIN | select.EPOLLET)
        return bool(e.poll(t))

def write_later(text):
    if os.fork() == 0:
        time.sleep(0.3)
        with open(sys.argv[2], "a") as f:
            f.write(text)
        os._exit(0)

for way in by_select, by_poll, by_epoll, by_edge:
    fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
    fails("EAGAIN", os.read, fd, 100)
    same(False, within(0.5, way, fd, 0.1), way.__name__)
    write_later("new\n")
    same(True, within(3, way, fd, 10), way.__name__)
    same(b"new\n", os.read(fd, 100))
    fails("EAGAIN", os.read, fd, 100)
    same(False, way(fd, 0))
    write_later("newer\n")
    same(True, within(3, way, fd, 10), way.__name__ + " again")
    same(b"n", os.read(fd, 1))
    same(True, way(fd, 0), "a rest")
    same(b"ewer\n", os.read(fd, 100))
    os.close(fd)
# edges, one after the other, by one who has registered once
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
with select.epoll() as e:
    e.register(fd, select.EPOLLIN | select.EPOLLET)
    fails("EAGAIN", os.read, fd, 100)
    e.poll(0)
    for i in range(4):
        write_later("edge %d\n" % i)
        check(e.poll(10), "edge %d" % i)
        same(b"edge %d\n" % i, os.read(fd, 100))
        fails("EAGAIN", os.read, fd, 100)
# one that can be read at once, and one that never waits
fd = os.open(sys.argv[2] + "@earliest..", os.O_RDONLY | os.O_NONBLOCK)
for way in by_select, by_poll, by_epoll:
    same(True, way(fd, 5), way.__name__ + " with data")
fd = os.open(sys.argv[2] + "@latest", os.O_RDONLY)
same(True, by_poll(fd, 0))
same(b"", os.read(fd, 100))
E
