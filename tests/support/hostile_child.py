"""The reading child with mails in it that do what no mail ought to be able to do: told by a header ``X-Act``.

Run as the product's own child is, with its limits as arguments.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable

from worker.domain.mail import ParsedMail
from worker.inbox.child_main import serve
from worker.parsing import read_mail

ACT = re.compile(rb"^X-Act: (\w+)", re.MULTILINE)


def spin() -> None:
    """Never end, in Python."""
    while True:
        pass


def eat() -> None:
    """Take memory until there is no more."""
    held = []
    while True:
        held.append(bytearray(16 * 1024 * 1024))


def babble() -> None:
    """Announce an answer of 4 GB."""
    sys.stdout.buffer.write(b"\xff\xff\xff\xff")


def invent() -> None:
    """Answer something else, and go."""
    sys.stdout.buffer.write(b"\x00\x00\x00\x02[]")
    sys.stdout.buffer.flush()
    os._exit(0)


ACTS: dict[str, Callable[[], object]] = {
    "hang": lambda: time.sleep(600),
    "spin": spin,
    "eat": eat,
    "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "leave": lambda: os._exit(3),
    "babble": babble,
    "invent": invent,
    "raise": lambda: 1 / 0,
}


def read(raw: bytes) -> ParsedMail:
    """Act as the mail says, then read it as usual."""
    if found := ACT.search(raw):
        ACTS[found[1].decode()]()
    return read_mail(raw)


if __name__ == "__main__":
    serve(read, int(sys.argv[1]), float(sys.argv[2]))
