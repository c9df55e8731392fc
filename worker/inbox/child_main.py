"""The process that reads hostile mail: bytes in, JSON out, within limits that the system itself enforces.

Started by :mod:`worker.inbox.child` as ``python -m worker.inbox.child_main MEGABYTES SECONDS``. It knows no settings,
no database and no password. A frame is its length (4 bytes, big-endian) and its content: a mail's bytes one way, one
JSON object the other way, in the same order. First of all it answers ``{}``: ready.
"""

from __future__ import annotations

import json
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO

from worker.domain.mail import ParsedMail
from worker.inbox.serial import to_wire
from worker.parsing import read_mail

LENGTH = struct.Struct(">I")


def main() -> None:
    """Read mail from stdin to stdout until stdin ends."""
    serve(read_mail, int(sys.argv[1]), float(sys.argv[2]))


def serve(reader: Callable[[bytes], ParsedMail], megabytes: int, seconds: float) -> None:
    """Read each mail with ``reader``, in ``megabytes`` of memory in all and ``seconds`` for each.

    A mail that takes longer ends the process by SIGALRM, whatever code it is stuck in. Signals that ask to stop are
    not ours: we end when the parent's end of the pipe is closed.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit(resource.RLIMIT_AS, megabytes * 1024 * 1024)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _send(sys.stdout.buffer, b"{}")
    while (raw := _receive(sys.stdin.buffer)) is not None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = _answer(reader, raw)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(sys.stdout.buffer, answer)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (value, value))


def _answer(reader: Callable[[bytes], ParsedMail], raw: bytes) -> bytes:
    """The mail as JSON, or the kind of error alone: its words may be the mail's."""
    try:
        return to_wire(reader(raw))
    except Exception as error:
        return json.dumps({"error": type(error).__name__}).encode()


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def _send(stream: BinaryIO, content: bytes) -> None:
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


if __name__ == "__main__":
    main()
