"""The demo's own mail servers, on loopback and in this process: an IMAP account with sample mail, and an SMTP sink."""

from __future__ import annotations

import asyncio
import threading
from argparse import Namespace
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, Envelope, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend
from pymap.backend.dict.mailbox import MailboxSet
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag

from worker.demo.sample import SampleMail

HOST = "127.0.0.1"
PASSWORD = "mamori-demo"

Start = Callable[[AsyncExitStack], Coroutine[Any, Any, int]]


@dataclass(frozen=True, slots=True)
class DemoMailbox:
    """A running IMAP account on loopback, without TLS."""

    port: int
    user: str
    password: str = PASSWORD
    host: str = HOST

    @property
    def url(self) -> str:
        """The account as ``mamori.toml`` names it."""
        return f"imap://{quote(self.user, safe='')}@{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class DemoRelay:
    """A running SMTP relay on loopback that passes nothing on: each letter it takes becomes a file in ``folder``."""

    port: int
    folder: Path
    host: str = HOST

    @property
    def url(self) -> str:
        """The relay as ``mamori.toml`` names it."""
        return f"smtp://{self.host}:{self.port}"

    def letters(self) -> list[Path]:
        """The caught letters (``.eml``), oldest first."""
        return caught_letters(self.folder)


def caught_letters(folder: Path) -> list[Path]:
    """The letters caught in ``folder`` (``.eml``), oldest first; none where the folder is not there."""
    return sorted(folder.glob("*.eml"))


@contextmanager
def demo_mailbox(mails: Iterable[SampleMail], user: str) -> Iterator[DemoMailbox]:
    """An IMAP account of ``user`` that holds ``mails`` in their folders, unread in INBOX; stopped on leaving.

    It speaks UIDPLUS, IDLE and APPEND; several connections at once are fine.
    """
    with _served(_Mailbox(tuple(mails), user).start) as port:
        yield DemoMailbox(port, user)


@contextmanager
def demo_relay(folder: Path) -> Iterator[DemoRelay]:
    """An SMTP relay that keeps what it is given in ``folder`` (made where missing); stopped on leaving."""
    folder.mkdir(parents=True, exist_ok=True)
    with _served(_Relay(folder).start) as port:
        yield DemoRelay(port, folder)


class _Talks:
    """Holds each conversation while it lasts: nothing else does, and a task that nobody holds may be collected."""

    def __init__(self, server: IMAPServer) -> None:
        self._server = server
        self._held: set[asyncio.Task[Any] | None] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, info: Any) -> None:
        task = asyncio.current_task()
        self._held.add(task)
        try:
            await self._server(reader, writer, info)
        finally:
            self._held.discard(task)


@dataclass(slots=True)
class _Mailbox:
    """pymap with its dictionary backend, filled before the first connection."""

    mails: tuple[SampleMail, ...]
    user: str

    async def start(self, stack: AsyncExitStack) -> int:
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="demo-imap-password")
        stack.callback(executor.shutdown)
        backend, config = await DictBackend.init(
            self._arguments(), cpu_subsystem=Subsystem.for_threading(executor), reject_dnsbl=False
        )
        config.apply_context()
        await self._fill(config, backend)
        reader = ProxyProtocolReader(config.proxy_protocol)
        talk = _Talks(IMAPServer(backend.login, config))
        server = await asyncio.start_server(reader.get_callback(talk), HOST, 0)
        stack.callback(server.close)
        return int(server.sockets[0].getsockname()[1])

    def _arguments(self) -> Namespace:
        return Namespace(
            host=HOST, port=0, debug=False, cert=None, key=None, tls=False, proxy_protocol=None, passlib_cfg=None,
            demo_data=False, demo_user=self.user, demo_password=PASSWORD,
        )  # fmt: skip

    async def _fill(self, config: Config, backend: DictBackend) -> None:
        identity = backend.login.demo_user_identity
        async with identity.new_session():
            mailboxes = config.set_cache[self.user][0]
        for mail in self.mails:
            await _append(mailboxes, mail)


async def _append(mailboxes: MailboxSet, mail: SampleMail) -> None:
    mailbox = await _mailbox(mailboxes, mail.folder)
    flags = frozenset() if mail.folder == "INBOX" else frozenset({Flag(b"\\Seen")})
    await mailbox.append(AppendMessage(mail.raw, mail.internal_date, flags))


async def _mailbox(mailboxes: MailboxSet, name: str) -> Any:
    try:
        return await mailboxes.get_mailbox(name)
    except KeyError:
        await mailboxes.add_mailbox(name)
        return await mailboxes.get_mailbox(name)


@dataclass(slots=True)
class _Relay:
    """aiosmtpd with a handler that keeps each letter as one file, whole or not at all."""

    folder: Path

    async def start(self, stack: AsyncExitStack) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, loop=loop, hostname="demo.example"), HOST, 0)
        stack.callback(server.close)
        return int(server.sockets[0].getsockname()[1])

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd after DATA: the letter with its envelope's recipients in a header of its own."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        to = ", ".join(envelope.rcpt_tos).encode("ascii", "replace")
        name = f"{len(caught_letters(self.folder)) + 1:04d}"
        partial = self.folder / f"{name}.part"
        partial.write_bytes(b"X-Demo-Envelope-To: " + to + b"\r\n" + content)
        partial.rename(self.folder / f"{name}.eml")
        return "250 Kept; nothing leaves this machine"


@contextmanager
def _served(start: Start) -> Iterator[int]:
    """Run a server in a thread with its own event loop; the port is given once it listens, or its error raised."""
    server = _Thread(start)
    server.begin()
    try:
        yield server.port
    finally:
        server.end()


class _Thread:
    """An event loop in a thread that serves until it is told to end, and then leaves nothing open."""

    def __init__(self, start: Start) -> None:
        self.port = 0
        self._start = start
        self._listening = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="demo-server", daemon=True)

    def begin(self) -> None:
        self._thread.start()
        self._listening.wait()
        if self._error:
            self._thread.join()
            raise self._error

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            self._listening.set()

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as stack:
            self.port = await self._start(stack)
            self._listening.set()
            await self._ended.wait()
            await _hang_up()


async def _hang_up() -> None:
    """End every connection: each is a task of this loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
