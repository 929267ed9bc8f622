"""screen.py - a program on a terminal: waits for what it shows, types, and waits for its end.

screen.py PROGRAM ARGS... -- [show:TEXT | type:KEYS | run:COMMAND]...
Prints each text once it is shown. Texts are looked for after what was found last. A program that
has not ended five seconds after the last step is killed, and that is an error.

SPDX-License-Identifier: MIT
"""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

SLOW = float(os.environ.get("SLOW", "1"))
ESCAPES = re.compile(rb"\x1b(\[[0-9;?>]*[a-zA-Z]|\][^\x07]*\x07|[()].|[=>])")


def stop(text):
    os.kill(pid, 9)
    sys.exit("screen: %s; shown: %r" % (text, ESCAPES.sub(b"", shown)[-500:]))


def read_more():
    """False at the end."""
    global shown
    try:
        part = os.read(terminal, 4096)
    except OSError:
        part = b""
    shown += part
    return bool(part)


def read_until(done, seconds, what):
    limit = time.monotonic() + seconds * SLOW
    while not done():
        if not select.select([terminal], [], [], max(0, limit - time.monotonic()))[0]:
            stop("no " + what)
        if not read_more() and not done():
            stop("ended before " + what)


def show(text):
    global found
    read_until(lambda: text.encode() in ESCAPES.sub(b"", shown)[found:], 10, text)
    found = ESCAPES.sub(b"", shown).index(text.encode(), found) + len(text)
    print(text)


split = sys.argv.index("--")
program = sys.argv[1:split]
os.environ.update(TERM="vt100", LESSHISTFILE="-", LESS="")
pid, terminal = pty.fork()
if not pid:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    os.execvp(program[0], program)
shown, found = b"", 0
for step in sys.argv[split + 1:]:
    kind, _, text = step.partition(":")
    if kind == "show":
        show(text)
    elif kind == "type":
        os.write(terminal, text.encode().decode("unicode_escape").encode("latin-1"))
    else:
        subprocess.run(text, shell=True, check=True)
limit = time.monotonic() + 5 * SLOW
while select.select([terminal], [], [], max(0, limit - time.monotonic()))[0] and read_more():
    pass
while time.monotonic() < limit:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        sys.exit(0 if status == 0 else "screen: status %d" % status)
    time.sleep(0.02)
stop("no end")
