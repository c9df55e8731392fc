"""An IMAP server that misbehaves on request, where a real one cannot be made to: just enough of RFC 3501 for reading.

``moods`` maps a command ("LOGIN", "SELECT", "SEARCH", "FETCH", …) to what happens instead of the usual answer:
a callable that gets the server's session and the command's arguments and returns the lines to send.
"""

from __future__ import annotations

import base64
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Mood = Callable[["ScriptedImap", str], list[bytes]]
STAMP = b'"04-Mar-2026 22:31:00 +0900"'


class HangUp(Exception):
    """Raised by a mood to close the connection at once."""


class Silence(Exception):
    """Raised by a mood to answer nothing and keep the connection open."""


@dataclass
class ScriptedImap:
    """The server's whole state. ``mails`` by UID; ``log`` holds each command received, without its tag.

    ``tokens`` are the access tokens that AUTHENTICATE XOAUTH2 takes; None: any.
    """

    mails: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int | None = 1
    uidnext: bool = True
    capabilities: str = "IMAP4rev1"
    moods: dict[str, Mood] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    tokens: set[str] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        """The mailbox URL."""
        return f"imap://desk@127.0.0.1:{self.port}"

    def answer(self, command: str, arguments: str) -> list[bytes]:
        """The untagged lines for a command, by mood or as usual; a ``NO `` or ``BAD `` line is sent tagged."""
        mood = self.moods.get(command)
        if mood is not None:
            return mood(self, arguments)
        usual = getattr(self, f"_{command.lower()}", None)
        return usual(arguments) if usual else []

    def _authenticate(self, arguments: str) -> list[bytes]:
        token = re.search(r"auth=Bearer (\S+)\x01\x01", arguments)
        accepted = token is not None and (self.tokens is None or token[1] in self.tokens)
        return [] if accepted else [b"NO AUTHENTICATE failed."]

    def _capability(self, arguments: str) -> list[bytes]:
        return [f"* CAPABILITY {self.capabilities}".encode()]

    def _logout(self, arguments: str) -> list[bytes]:
        return [b"* BYE"]

    def _examine(self, arguments: str) -> list[bytes]:
        lines = [b"* FLAGS (\\Seen)", f"* {len(self.mails)} EXISTS".encode(), b"* 0 RECENT"]
        if self.uidvalidity is not None:
            lines.append(f"* OK [UIDVALIDITY {self.uidvalidity}] ok".encode())
        if self.uidnext:
            lines.append(f"* OK [UIDNEXT {max(self.mails, default=0) + 1}] ok".encode())
        return lines

    def _search(self, arguments: str) -> list[bytes]:
        wanted = re.search(r"UID (\S+)", arguments)
        uids = self.chosen(wanted[1]) if wanted else sorted(self.mails)
        return [b"* SEARCH " + " ".join(map(str, uids)).encode()]

    def _fetch(self, arguments: str) -> list[bytes]:
        chosen, _, items = arguments.partition(" ")
        return [self.fetched(uid, items) for uid in self.chosen(chosen)]

    def chosen(self, uids: str) -> list[int]:
        """The UIDs that a set like ``1:3,7,9:*`` or ``*`` names and that are there."""
        last = max(self.mails, default=0)
        found: set[int] = set()
        for part in uids.split(","):
            low, _, high = part.replace("*", str(last)).partition(":")
            first, final = sorted((int(low), int(high or low)))
            found |= {uid for uid in self.mails if first <= uid <= final}
        return sorted(found)

    def fetched(self, uid: int, items: str) -> bytes:
        """One FETCH answer."""
        raw = self.mails[uid]
        number = sorted(self.mails).index(uid) + 1
        if "RFC822.SIZE" in items:
            return f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})".encode()
        head = f"* {number} FETCH (UID {uid} INTERNALDATE ".encode() + STAMP
        return head + f" BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")"


@contextmanager
def scripted_imap(**state: object) -> Iterator[ScriptedImap]:
    """The server on a free loopback port, each connection in a thread; stopped on leaving."""
    server = ScriptedImap(**state)  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        stopped = threading.Event()
        thread = threading.Thread(target=_accept, args=(listener, server, stopped))
        thread.start()
        try:
            yield server
        finally:
            stopped.set()
            thread.join()


def _accept(listener: socket.socket, server: ScriptedImap, stopped: threading.Event) -> None:
    listener.settimeout(0.05)
    talks: list[threading.Thread] = []
    while not stopped.is_set():
        with suppress(TimeoutError):
            connection, _ = listener.accept()
            talks.append(threading.Thread(target=_talk, args=(connection, server, stopped)))
            talks[-1].start()
    for talk in talks:
        talk.join()


def _talk(connection: socket.socket, server: ScriptedImap, stopped: threading.Event) -> None:
    with connection, suppress(HangUp, OSError):
        connection.settimeout(0.05)
        connection.sendall(b"* OK ready\r\n")
        lines = _lines(connection, stopped)
        for line in lines:
            tag, _, rest = line.partition(" ")
            command, _, arguments = rest.removeprefix("UID ").partition(" ")
            server.log.append(rest)
            if command.upper() == "AUTHENTICATE":
                connection.sendall(b"+ \r\n")
                arguments = base64.b64decode(next(lines)).decode()
            with suppress(Silence):
                _reply(connection, tag, server.answer(command.upper(), arguments))


def _reply(connection: socket.socket, tag: str, lines: list[bytes]) -> None:
    refusals = [line for line in lines if line.startswith((b"NO ", b"BAD "))]
    for line in lines:
        if line not in refusals:
            connection.sendall(line + b"\r\n")
    final = refusals[0] if refusals else b"OK done"
    connection.sendall(tag.encode() + b" " + final + b"\r\n")


def _lines(connection: socket.socket, stopped: threading.Event) -> Iterator[str]:
    buffer = b""
    while not stopped.is_set():
        line, newline, rest = buffer.partition(b"\r\n")
        if newline:
            buffer = rest
            yield line.decode("utf-8", "replace")
            continue
        with suppress(TimeoutError):
            received = connection.recv(65536)
            if not received:
                return
            buffer += received
