"""The reading child with mails in it that do what no mail ought to be able to do: told by a header ``X-Act``.

Run as the product's own child is, with its limits as arguments.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time

from worker.domain.mail import ParsedMail
from worker.inbox.child_main import serve
from worker.parsing import read_mail

ACT = re.compile(rb"^X-Act: (\w+)", re.MULTILINE)


def read(raw: bytes) -> ParsedMail:
    """Act as the mail says, then read it as usual."""
    found = ACT.search(raw)
    act = found[1].decode() if found else ""
    if act == "hang":
        time.sleep(600)
    elif act == "spin":
        while True:
            pass
    elif act == "eat":
        eaten = [bytearray(16 * 1024 * 1024) for _ in range(100_000)]
        del eaten
    elif act == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif act == "leave":
        os._exit(3)
    elif act == "babble":
        sys.stdout.buffer.write(b"\xff\xff\xff\xff")
    elif act == "invent":
        sys.stdout.buffer.write(b"\x00\x00\x00\x02[]")
        sys.stdout.buffer.flush()
        os._exit(0)
    elif act == "raise":
        raise ZeroDivisionError(raw)
    elif act == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    return read_mail(raw)


if __name__ == "__main__":
    serve(read, int(sys.argv[1]), float(sys.argv[2]))
