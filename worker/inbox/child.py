"""Hostile mail is read in a process of its own, which can be killed and has limits of memory and time.

Celery's threads cannot be ended from outside, and no limit of memory holds for a thread; so one child for each
thread reads the bytes, and what comes back is JSON, never a pickle of a process that has met hostile bytes.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
import time
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGALRM

import worker
from worker.domain.errors import MamoriError
from worker.domain.mail import ParsedMail
from worker.inbox.child_main import LENGTH
from worker.inbox.serial import from_wire

#: Handed over before the first answer is taken, so that the child never waits for us: as much as a pipe can hold.
AHEAD_BYTES = 1024 * 1024
#: No readable mail gives more JSON than this.
LONGEST_ANSWER = 64 * 1024 * 1024
START_SECONDS = 60.0
_GRACE_SECONDS = 5.0
_COMMAND = (sys.executable, "-P", "-m", "worker.inbox.child_main")
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONUTF8")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading may take: ``megabytes`` of memory for the whole child, ``seconds`` for one mail."""

    megabytes: int = 1024
    seconds: float = 30.0


class Unreadable(MamoriError):
    """One mail could not be read by the child; the sentence holds no word of it."""


class ChildReader:
    """Reads mail in a child that is started when first needed and again after each mail that ended it.

    For use by one thread at a time. ``command`` is the child's, without its limits.
    """

    def __init__(self, bounds: Bounds | None = None, command: Sequence[str] = _COMMAND) -> None:
        self._bounds = bounds or Bounds()
        self._command = [*command, str(self._bounds.megabytes), str(self._bounds.seconds)]
        self._child: _Child | None = None

    def __call__(self, raw: bytes) -> ParsedMail:
        """One mail; Unreadable where it cannot be read within the limits."""
        (outcome,) = self.each([raw])
        if isinstance(outcome, Unreadable):
            raise outcome
        return outcome

    def ready(self) -> None:
        """Have a child running; MamoriError where none can be started, which is no mail's fault."""
        self._running()

    def each(self, raws: Iterable[bytes]) -> Iterator[ParsedMail | Unreadable]:
        """One outcome for each mail, in order. Mails are handed over ahead, so the child reads while we work.

        A mail that ends the child is Unreadable; those behind it are handed to the next child.
        """
        source = iter(raws)
        ahead: deque[bytes] = deque()
        while True:
            while sum(map(len, ahead)) < AHEAD_BYTES and (raw := next(source, None)) is not None:
                ahead.append(raw)
                self._running().send(raw)
            if not ahead:
                return
            yield self._outcome(ahead)

    def close(self) -> None:
        """End the child; the next mail starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _running(self) -> _Child:
        if self._child is None:
            self._child = _Child(self._command)
        return self._child

    def _outcome(self, ahead: deque[bytes]) -> ParsedMail | Unreadable:
        """The outcome of the first of the mails handed over; where the child cannot be trusted after it, a new one."""
        try:
            outcome = self._understood(self._running().receive(self._bounds.seconds + _GRACE_SECONDS))
        except _Gone as gone:
            outcome = Unreadable(self._reason(gone.signal))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            outcome = Unreadable(f"what came of it was not understood ({type(error).__name__})")
        else:
            ahead.popleft()
            return outcome
        ahead.popleft()
        self.close()
        for raw in ahead:
            self._running().send(raw)
        return outcome

    def _reason(self, number: int | None) -> str:
        if number in (None, SIGALRM):
            return f"it took longer than {self._bounds.seconds:g} seconds"
        return f"it ended the process that read it ({number})"

    def _understood(self, answer: bytes) -> ParsedMail | Unreadable:
        kind = error_of(answer)
        if kind == "MemoryError":
            return Unreadable(f"it needed more than {self._bounds.megabytes} MB of memory")
        return Unreadable(kind) if kind else from_wire(answer)


def error_of(answer: bytes) -> str:
    """The kind of error that a child answered with, "" where it read the mail."""
    if not answer.startswith(b'{"error"'):
        return ""
    return str(json.loads(answer)["error"])[:100]


class _Gone(Exception):
    """The child has ended, or does not answer. ``signal`` is what ended it (or its exit code), None: we did."""

    def __init__(self, number: int | None) -> None:
        super().__init__(number)
        self.signal = number


class _Child:
    """One running process and what is on its way to and from it. Pipes never block us."""

    def __init__(self, command: Sequence[str]) -> None:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may hold words of a mail
            env=_environment(),
            bufsize=0,
        )
        self.end = weakref.finalize(self, _end, process)  # with the thread, and at the latest with this process
        assert process.stdin is not None, "asked for"
        assert process.stdout is not None, "asked for"
        self._process = process
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        self._outgoing: deque[memoryview] = deque()
        self._incoming = bytearray()
        for pipe in (self._in, self._out):
            os.set_blocking(pipe, False)
            with suppress(OSError, AttributeError):  # Linux; elsewhere pipes are narrower and all works slower
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, AHEAD_BYTES)
        self._greet()

    def _greet(self) -> None:
        try:
            self.receive(START_SECONDS)
        except _Gone as gone:
            self.end()
            raise MamoriError(
                f"The process that reads mail could not be started ({gone.signal}); is there memory left? "
                "Try 'python -m worker.inbox.child_main 1024 30'."
            ) from gone

    def send(self, raw: bytes) -> None:
        """Put a mail on its way, without waiting."""
        self._outgoing.append(memoryview(LENGTH.pack(len(raw)) + raw))
        self._push()

    def receive(self, seconds: float) -> bytes:
        """The next answer; _Gone where none comes within ``seconds``."""
        deadline = time.monotonic() + seconds
        while (frame := self._frame()) is None:
            self._wait(deadline - time.monotonic())
        return frame

    def _frame(self) -> bytes | None:
        if len(self._incoming) < LENGTH.size:
            return None
        length = LENGTH.unpack_from(self._incoming)[0]
        if length > LONGEST_ANSWER:
            raise _Gone(None)
        end = LENGTH.size + length
        if len(self._incoming) < end:
            return None
        frame = bytes(self._incoming[LENGTH.size : end])
        del self._incoming[:end]
        return frame

    def _wait(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        if self._outgoing:
            poll.register(self._in, select.POLLOUT)
        ready = dict(poll.poll(max(0.0, seconds) * 1000))
        if not ready:
            raise _Gone(None)
        if self._in in ready:
            self._push()
        if self._out in ready:
            self._pull()

    def _push(self) -> None:
        with suppress(BlockingIOError, BrokenPipeError):  # a broken pipe is seen by the reading
            while self._outgoing:
                written = os.write(self._in, self._outgoing[0])
                rest = self._outgoing[0][written:]
                if rest:
                    self._outgoing[0] = rest
                else:
                    self._outgoing.popleft()

    def _pull(self) -> None:
        received = os.read(self._out, AHEAD_BYTES)
        if not received:
            raise _Gone(abs(self._process.wait()))
        self._incoming += received


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def _environment() -> dict[str, str]:
    """No password of ours: what the interpreter needs, and where this very package lies."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    places = (str(Path(worker.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", ""))
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, places))}
