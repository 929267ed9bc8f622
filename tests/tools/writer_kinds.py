"""writer_kinds.py - the ways in which programs write lines to a file, a function each.

Each takes a job (writers.py): .path to write to, .data (its lines as bytes), .lines, .streams, .rng,
.source() (a file that holds .data). It looks at every return value, as a careful program does, and
raises an exception when something failed. It runs in a process of its own.

SPDX-License-Identifier: MIT
"""
import contextlib
import ctypes
import errno
import fcntl
import os
import select
import signal
import subprocess
import threading
import time

KINDS = {}
LIBC = ctypes.CDLL(None, use_errno=True)


class Kind:
    def __init__(self, call, most, text, empty, rest, streams, needs, insists):
        self.call, self.most, self.text, self.insists = call, most, text, insists
        self.empty, self.rest, self.streams, self.needs = empty, rest, streams, needs


def kind(most=None, text=False, empty=True, rest=True, streams=1, needs=None, insists=False):
    """most: lines of a job (None: bulk). text: no bytes that a shell or awk has trouble with.
    empty: empty lines too. rest: the last line may lack its newline. streams: writers that share
    one open file. needs: a program. insists: what a write refused, it writes once more before it
    gives up."""
    def add(call):
        KINDS[call.__name__] = Kind(call, most, text, empty, rest, streams, needs,
                                    insists)
        return call
    return add


def c_error(name):
    number = ctypes.get_errno()
    return OSError(number, "%s: %s" % (name, os.strerror(number)))


def run(*argv, **how):
    """A program, which has to succeed in silence."""
    done = subprocess.run(argv, stderr=subprocess.PIPE, check=False, **how)
    if done.returncode or done.stderr:
        raise ChildProcessError("%s: status %d, %.300r" % (
            argv[0], done.returncode, done.stderr[-300:]))


def put(fd, data, write=os.write):
    """All of it: short writes are continued."""
    left = memoryview(data)
    while left:
        n = write(fd, left)
        if n <= 0:
            raise OSError("write returned %d" % n)
        left = left[n:]


def put_line(fd, line):
    """Whoever shares the open file relies on a line's being one write."""
    n = os.write(fd, line)
    if n != len(line):
        raise OSError("a write of %d returned %d" % (len(line), n))


def pieces(job, data=None, most=1 << 20, writes=10000):
    """Cuts the bytes anywhere, into pieces of 1 to `most` bytes: few of the small ones in bulk."""
    left = memoryview(job.data if data is None else data)
    high = job.rng.randrange(1, most.bit_length())
    while len(left) / (1 << high) * high > writes and (1 << high) < most:
        high += 1
    while left:
        n = min(most, int(2 ** job.rng.uniform(0, high)))
        yield left[:n]
        left = left[n:]


def put_pieces(fd, job, write=os.write, **how):
    for piece in pieces(job, **how):
        put(fd, piece, write)


def open_it(job, extra=0, anew=True):
    """For writing, with the flags that should make no difference. One that leaves holes must not
    say that it writes the file anew: holes would be zeros then."""
    flags = os.O_RDWR if job.may_read and job.rng.random() < .1 else os.O_WRONLY
    for flag in (os.O_APPEND, os.O_TRUNC, os.O_CREAT):
        if job.rng.random() < .5:
            flags |= flag
    if not anew:
        flags &= ~os.O_TRUNC
    return os.open(job.path, flags | extra, 0o644)


def child(call, *args):
    """A process that does this and no more."""
    pid = os.fork()
    if pid:
        return pid
    try:
        call(*args)
        os._exit(0)
    except BaseException as e:  # its parent says so
        os.write(2, ("%s\n" % e).encode())
        os._exit(e.errno if isinstance(e, OSError) and e.errno else 255)


def reap(pid):
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        raise OSError(status, "a child: " + os.strerror(status) if 0 < status < 255 else "a child")


@contextlib.contextmanager
def once(f):
    """Python keeps what a write(2) refused and sends it again at the close: a repeat that is the
    writer's own, as what could not be confirmed in time may be in the log. This one gives up."""
    with f:
        try:
            yield f
        except OSError:
            with open(os.devnull, "wb") as null:
                os.dup2(null.fileno(), f.fileno())
            raise


# --- system calls ------------------------------------------------------------------------------

@kind()
def python_buffered(job):
    mode, size = job.rng.choice(("ab", "wb")), job.rng.choice((512, 8192, 1 << 20))
    with once(open(job.path, mode, size)) as f:
        for line in job.lines:
            f.write(line)


@kind(most=3000)
def python_unbuffered(job):
    with open(job.path, "ab", 0) as f:
        for line in job.lines:
            put(f, line, lambda f, data: f.write(data))


@kind()
def chunks(job):
    fd = open_it(job)
    put_pieces(fd, job)
    os.close(fd)


@kind()
def synced_now_and_then(job):
    fd = open_it(job)
    for piece in pieces(job, writes=2000):
        put(fd, piece)
        if job.rng.random() < .01:
            job.rng.choice((os.fsync, os.fdatasync))(fd)
    os.close(fd)


@kind()
def writev(job):
    fd, parts = open_it(job), list(pieces(job, most=65536))
    while parts:
        n = os.writev(fd, parts[:job.rng.randrange(1, 200)])
        if n <= 0:
            raise OSError("writev returned %d" % n)
        while parts and n >= len(parts[0]):
            n -= len(parts.pop(0))
        if n:
            parts[0] = parts[0][n:]
    os.close(fd)


@kind()
def pwrite(job):
    fd = open_it(job, anew=False)

    def anywhere(fd, data):
        at = job.rng.choice((0, 1, 4095, 1 << 20, 1 << 40))
        return os.pwrite(fd, data, at) if job.rng.random() < .5 else os.pwritev(fd, [data], at)
    put_pieces(fd, job, anywhere)
    os.close(fd)


@kind()
def seek_first(job):
    fd = open_it(job, anew=False)
    for piece in pieces(job, writes=3000):
        os.lseek(fd, job.rng.randrange(1 << 30), os.SEEK_SET)
        put(fd, piece)
    os.close(fd)


@kind(most=100)
def o_sync(job):
    fd = open_it(job, os.O_SYNC)
    for line in job.lines:
        put(fd, line)
    os.close(fd)


@kind(most=2000)
def o_dsync(job):
    fd = open_it(job, os.O_DSYNC)
    put_pieces(fd, job, writes=100)
    os.close(fd)


@kind()
def o_nonblock(job):
    fd = open_it(job, os.O_NONBLOCK)
    ready = select.poll()
    ready.register(fd, select.POLLOUT)

    def patient(fd, data):
        while True:
            try:
                return os.write(fd, data)
            except BlockingIOError:
                ready.poll(1000)
                time.sleep(.0005)  # a regular file may be called ready at once
    put_pieces(fd, job, patient)
    os.close(fd)


@kind()
def under_signals(job):
    """What a signal ends has either taken bytes, and says how many, or none."""
    fd = open_it(job)
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, .001, job.rng.uniform(.0003, .01))
    put_pieces(fd, job, writes=3000)
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.close(fd)


@kind()
def sendfile(job):
    fd, src, left = open_it(job), os.open(job.source(), os.O_RDONLY), len(job.data)
    if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND:  # the kernel refuses it there
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)
    while left:
        n = os.sendfile(fd, src, None, int(2 ** job.rng.uniform(12, 21)))
        if n <= 0:
            raise OSError("sendfile returned %d" % n)
        left -= n
    os.close(fd)


@kind()
def splice(job):
    fd, src = open_it(job), os.open(job.source(), os.O_RDONLY)
    if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND:
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)
    out, into = os.pipe()
    while n := os.splice(src, into, int(2 ** job.rng.uniform(9, 16))):
        while n:
            put_n = os.splice(out, fd, n)
            if put_n <= 0:
                raise OSError("splice returned %d" % put_n)
            n -= put_n
    os.close(fd)


@kind()
def copy_file_range(job):
    """Not between file systems: programs fall back to read and write then."""
    fd, src = open_it(job), os.open(job.source(), os.O_RDONLY)
    while True:
        try:
            if not os.copy_file_range(src, fd, 1 << 17):
                break
        except OSError as e:
            if e.errno not in (errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EBADF):
                raise
            while part := os.read(src, 1 << 17):
                put(fd, part)
            break
    os.close(fd)


@kind()
def stdio(job):
    """The C library's FILE."""
    for name in ("fdopen", "fwrite", "fflush", "fclose"):
        getattr(LIBC, name).restype = ctypes.c_void_p if name == "fdopen" else ctypes.c_size_t
    LIBC.fwrite.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p]
    LIBC.fflush.argtypes = LIBC.fclose.argtypes = [ctypes.c_void_p]
    f = LIBC.fdopen(open_it(job), b"w")
    for line in job.lines:
        if LIBC.fwrite(line, 1, len(line), f) != len(line):
            raise c_error("fwrite")
        if job.rng.random() < .01 and LIBC.fflush(f):
            raise c_error("fflush")
    if LIBC.fclose(f):
        raise c_error("fclose")


# --- descriptors that are shared ---------------------------------------------------------------

@kind()
def dups(job):
    """Copies of a descriptor, closed in any order, lines cut between them."""
    fds = [open_it(job)]
    fds += [job.rng.choice((os.dup, lambda fd: fcntl.fcntl(fd, fcntl.F_DUPFD, 100)))(fds[0])
            for _ in range(job.rng.randrange(1, 6))]
    for piece in pieces(job, writes=3000):
        if len(fds) > 1 and job.rng.random() < .05:
            os.close(fds.pop(job.rng.randrange(len(fds))))
        put(job.rng.choice(fds), piece)
    job.rng.shuffle(fds)
    for fd in fds:
        os.close(fd)


@kind()
def child_closes_last(job):
    """The parent closes in the middle of a line, which a child ends."""
    half = job.rng.randrange(len(job.data) + 1)
    fd = open_it(job)
    written, has = os.pipe()
    closed, may = os.pipe()
    put_pieces(fd, job, data=job.data[:half], writes=2000)

    def rest():
        os.close(may)
        put(fd, job.data[half:half + 1])
        os.write(has, b"x")
        os.read(closed, 1)
        put_pieces(fd, job, data=job.data[half + 1:], writes=2000)
        os.close(fd)
    pid = child(rest)
    os.close(has)
    if os.read(written, 1):
        os.close(fd)
    os.close(may)
    reap(pid)


@kind(streams=4, rest=False)
def forked(job):
    """Processes that share one open file, each with whole lines."""
    fd, first = open_it(job), job.rng.random() < .5

    def write(lines):
        for line in lines:
            put_line(fd, line)
        os.close(fd)
    pids = [child(write, lines) for lines in job.streams]
    if first:
        os.close(fd)
    for pid in pids:
        reap(pid)
    if not first:
        os.close(fd)


@kind(streams=3, rest=False)
def threads(job):
    fd, failed = open_it(job), []

    def write(lines):
        try:
            for line in lines:
                put_line(fd, line)
        except OSError as e:
            failed.append(e)
    crew = [threading.Thread(target=write, args=(lines,)) for lines in job.streams]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    os.close(fd)
    for e in failed:
        raise e


@kind(streams=2)
def two_opens(job):
    """One process, two open files of the same name, in turns."""
    fds = [open_it(job), open_it(job)]
    parts = [list(pieces(job, data=b"".join(lines), writes=2000)) for lines in job.streams]
    while any(parts):
        i = job.rng.choice([i for i in (0, 1) if parts[i]])
        put(fds[i], parts[i].pop(0))
    for fd in fds:
        os.close(fd)


@kind()
def programs_in_turn(job):
    """One open file, handed to one program after the other, lines cut between them."""
    fd, at = open_it(job), 0
    cuts = sorted(job.rng.randrange(len(job.data) + 1) for _ in range(job.rng.randrange(1, 6)))
    for end in cuts + [len(job.data)]:
        run("cat", job.source(job.data[at:end]), stdout=fd)
        at = end
    os.close(fd)


# --- programs ----------------------------------------------------------------------------------

@kind(needs="dd")
def dd(job):
    size = int(2 ** job.rng.uniform(0, 22))
    size = max(size, len(job.data) // 3000)
    run("dd", "if=" + job.source(), "of=" + job.path, "bs=%d" % size, "status=none",
        *job.rng.choice(((), ("oflag=append", "conv=notrunc"), ("conv=notrunc,fsync",),
                         ("oflag=append,nonblock", "conv=notrunc,fdatasync"), ("conv=notrunc",))))


@kind(most=200, needs="dd")
def dd_in_sync(job):
    size = max(int(2 ** job.rng.uniform(0, 16)), len(job.data) // 100)
    run("dd", "if=" + job.source(), "of=" + job.path, "bs=%d" % size, "status=none",
        "conv=notrunc", job.rng.choice(("oflag=sync", "oflag=dsync")))


def shell(job, text, *names):
    """A script with $1 (a file that holds the lines) and $2 (where to write)."""
    run(job.rng.choice(names or ("bash", "dash", "sh")), "-ec", text, "sh", job.source(), job.path)


@kind()
def cat(job):
    shell(job, 'cat "$1" >>"$2"')


@kind()
def cat_truncates(job):
    shell(job, 'cat <"$1" >"$2"')


@kind()
def cat_of_pipe(job):
    shell(job, 'cat "$1" | cat >>"$2"')


@kind(needs="busybox")
def busybox_cat(job):
    run("busybox", "sh", "-c", 'busybox cat "$1" >>"$2"', "sh", job.source(), job.path)


@kind()
def cp(job):
    run("cp", job.source(), job.path)


@kind()
def tee(job):
    with open(job.source(), "rb") as f:
        run("tee", *job.rng.choice(((), ("-a",))), job.path, stdin=f, stdout=subprocess.DEVNULL)


@kind(needs="rsync", insists=True)
def rsync(job):
    """It opens the file for reading, too, which gives it a size for as long; and --append leaves a
    file alone that is as long as the source: one at a time. When a write has failed, its clean-up
    flushes the buffer [cleanup.c, flush_write_file]."""
    with open("rsync.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        while os.stat(job.path).st_size:
            time.sleep(.001)
        run("rsync", "--inplace", job.rng.choice(("--append", "--whole-file")), job.source(),
            job.path)


@kind(needs="perl")
def perl(job):
    shell(job, 'perl -e \'open(my $o, ">>", $ARGV[1]) or die $!; open(my $i, "<", $ARGV[0]) or die; '
               'while (<$i>) { print $o $_ or die $! } close $o or die $!\' "$1" "$2"')


@kind(needs="perl", most=3000)
def perl_syswrite(job):
    shell(job, 'perl -e \'open(my $o, ">>", $ARGV[1]) or die $!; open(my $i, "<", $ARGV[0]) or die; '
               'while (<$i>) { while (length) { my $n = syswrite($o, $_) or die $!; '
               'substr($_, 0, $n) = "" } } close $o or die $!\' "$1" "$2"')


@kind(text=True, rest=False, needs="awk")
def awk(job):
    run("awk", "-v", "f=" + job.path, "{ print >>f }", job.source())


@kind(text=True, rest=False, needs="sed")
def sed(job):
    run("sed", "-n", "w " + job.path, job.source())


@kind(most=300, text=True, rest=False)
def echo(job):
    shell(job, 'while IFS= read -r l; do echo "$l"; done <"$1" >>"$2"')


@kind(most=40, text=True, rest=False)
def echo_opens(job):
    shell(job, 'while IFS= read -r l; do echo "$l" >>"$2" || exit; done <"$1"')


@kind(most=40, text=True, rest=False, empty=False)
def printf_without_newline(job):
    shell(job, 'while IFS= read -r l; do env printf %s "$l" >>"$2" || exit; done <"$1"')


@kind(most=100, text=True, rest=False)
def printf_in_parts(job):
    shell(job, 'exec 3>>"$2"; while IFS= read -r l; do printf "%s" "${l%:*}" >&3; '
               'case $l in *:*) printf : >&3; env printf "%s\\n" "${l##*:}" >&3;; *) echo >&3;; '
               'esac || exit; done <"$1"')


@kind(most=300, text=True, rest=False)
def logger(job):
    """A long-running program that has its lines from a pipe and flushes each."""
    with once(open(job.path, "a", 1, encoding="ascii", newline="\n")) as log:
        feed = subprocess.Popen(["cat", job.source()], stdout=subprocess.PIPE)
        for line in feed.stdout:
            log.write(line.decode("ascii"))
            log.flush()
        if feed.wait():
            raise ChildProcessError("cat")


@kind(most=20000, text=True, empty=False, rest=False, needs="seq")
def seq(job):
    """Lines without a sum, but torn ones are still missed and others seen in their place."""
    shell(job, 'seq -f "%d.0.%%.0f" 0 %d >>"$2"' % (job.number, len(job.lines) - 1))
