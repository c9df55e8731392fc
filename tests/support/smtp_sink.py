"""An SMTP server that keeps what it gets, with switches for everything that goes wrong on the way out."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.certificates import Certificate
from tests.support.processes import LOOPBACK, free_port


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as it came in: envelope and bytes."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


@dataclass
class Switches:
    """What the sink does wrong. Replies are whole lines such as ``"451 4.3.0 try later"``.

    ``refuse_recipients`` maps an address to the reply; ``on_mail`` and ``on_data`` answer MAIL FROM and the end of
    DATA; ``hang_after_data`` never answers the end of DATA (the mail is kept), ``drop_after_data`` closes the
    connection instead, ``drop_before_data`` closes at RCPT TO.
    """

    refuse_recipients: dict[str, str] = field(default_factory=dict)
    on_mail: str = ""
    on_data: str = ""
    hang_after_data: bool = False
    drop_after_data: bool = False
    drop_before_data: bool = False


class SmtpSink:
    """A running sink: ``port``, ``mails`` received so far, ``switches`` to set, ``connections`` counted."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Received] = []
        self.switches = Switches()
        self.connections = 0

    def clear(self) -> None:
        """Forget the mails and set all switches back."""
        self.mails.clear()
        self.switches = Switches()
        self.connections = 0

    def url(self, scheme: str = "smtp", user: str = "") -> str:
        """The relay URL as in mamori.toml."""
        host = LOOPBACK if scheme == "smtp" else "localhost"
        return f"{scheme}://{user + '@' if user else ''}{host}:{self.port}"

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count the connection."""
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, or answer as switched."""
        if self.switches.on_mail:
            return self.switches.on_mail
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or answer as switched."""
        if self.switches.drop_before_data:
            _close(server)
        if address in self.switches.refuse_recipients:
            return self.switches.refuse_recipients[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail, or answer as switched."""
        if self.switches.on_data:
            return self.switches.on_data
        raw = envelope.original_content or b""
        self.mails.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        if self.switches.hang_after_data:
            await asyncio.sleep(3600)
        if self.switches.drop_after_data:
            _close(server)
        return "250 OK"


def _close(server: SMTP) -> None:
    transport = server.transport
    assert transport is not None
    transport.abort()


@contextmanager
def smtp_sink(
    *, certificate: Certificate | None = None, implicit_tls: bool = False, login: tuple[str, str] | None = None
) -> Iterator[SmtpSink]:
    """A sink in a thread: plain, STARTTLS (with ``certificate``) or TLS from the start; ``login`` demands a sign-in."""
    sink = SmtpSink()
    options: dict[str, Any] = {"hostname": LOOPBACK, "port": free_port(), "ready_timeout": 20.0}
    context = _context(certificate) if certificate else None
    if implicit_tls:
        options["ssl_context"] = context
    elif context:
        options.update(tls_context=context, require_starttls=True)
    if login:
        options.update(authenticator=_Authenticator(login), auth_required=True)
    controller = _Controller(sink, **options)
    sink.port = controller.port
    controller.start()
    try:
        yield sink
    finally:
        _stop(controller)


class _Controller(Controller):
    def factory(self) -> SMTP:
        """A server that takes sign-ins also where TLS is not its own doing (TLS from the start, plain loopback)."""
        server = super().factory()
        server._auth_require_tls = bool(server.require_starttls)
        return server


def _context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context


class _Authenticator:
    def __init__(self, login: tuple[str, str]) -> None:
        self._login = login

    def __call__(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        given = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)


def _stop(controller: Controller) -> None:
    """End the connections still open (a hanging one among them) with their tasks, then the thread."""
    loop = controller.loop

    async def cancel() -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(cancel(), loop).result(10)
    controller.stop()
    if not loop.is_closed():
        loop.close()
