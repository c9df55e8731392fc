"""Letters by SMTP, with every failure told apart by the one question that counts: can it have left?"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from worker.domain.errors import ChannelError, ConfigError
from worker.domain.ports import Delivery, OutgoingLetter

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

Reply = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Relay:
    """Where letters go: ``scheme`` is a key of :data:`PORTS`; ``user`` is "" where no login is wanted."""

    scheme: str
    host: str
    port: int
    user: str

    @property
    def loopback(self) -> bool:
        """Whether the relay is this very machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_url(url: str) -> Relay:
    """The relay that ``url`` names; ConfigError says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise ConfigError(f"smtp.url: {parts.scheme or 'no scheme'!r} is not known; use {', '.join(PORTS)}.")
    if not parts.hostname:
        raise ConfigError("smtp.url names no host; write it as smtp+starttls://user@host:587.")
    if parts.password:
        raise ConfigError("smtp.url holds a password; move it to password_env or password_file.")
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise ConfigError("smtp.url: the port is not a number from 1 to 65535; correct it.") from error
    return Relay(parts.scheme, parts.hostname, port, unquote(parts.username or ""))


class SmtpChannel:
    """Serves LetterChannel over ``smtp://`` (loopback or ``allow_plaintext``), ``smtp+starttls://`` and ``smtps://``.

    ``password`` is one, or gives a fresh access token at each connect (XOAUTH2).
    ``ca_file`` is trusted instead of the system's certificates; ``timeout`` (seconds) bounds each wait for the relay.
    """

    def __init__(
        self,
        url: str,
        password: str | Callable[[], str] = "",
        ca_file: str | None = None,
        allow_plaintext: bool = False,
        timeout: float = 30.0,
    ) -> None:
        self._relay = read_url(url)
        self._password = password
        self._timeout = timeout
        if self._relay.scheme == "smtp" and not (self._relay.loopback or allow_plaintext):
            raise ConfigError(
                "smtp.url: smtp:// sends in the clear and is kept to this machine; "
                "use smtp+starttls:// or smtps://, or set allow_plaintext = true."
            )
        self._tls = None if self._relay.scheme == "smtp" else _context(ca_file)

    def send(self, letter: OutgoingLetter) -> Delivery:
        """Hand the letter over once; ChannelError tells permanent, uncertain and neither apart."""
        _check_addresses(letter)
        with self._session() as session:
            with _nothing_left():
                accepted, refused = _envelope(session, letter)
                _expect(session.docmd("DATA"), 354, "would not take the text")
            _hand_over(session, letter.raw)
        return Delivery(accepted=accepted, refused=refused)

    def check(self) -> None:
        """Connect, secure and sign in, and send nothing; ChannelError where that fails."""
        with self._session() as session, _nothing_left():
            _expect(session.noop(), 250, "did not answer")

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        with _nothing_left():
            session = self._connect()
        try:
            with _nothing_left():
                self._prepare(session)
            yield session
        finally:
            _leave(session)

    def _connect(self) -> smtplib.SMTP:
        relay = self._relay
        if relay.scheme == "smtps":
            return smtplib.SMTP_SSL(relay.host, relay.port, timeout=self._timeout, context=self._tls)
        return smtplib.SMTP(relay.host, relay.port, timeout=self._timeout)

    def _prepare(self, session: smtplib.SMTP) -> None:
        session.ehlo_or_helo_if_needed()
        if self._relay.scheme == "smtp+starttls":
            session.starttls(context=self._tls)
            session.ehlo()
        if self._relay.user and isinstance(self._password, str):
            session.login(self._relay.user, self._password)
        elif self._relay.user and not isinstance(self._password, str):
            session.auth("XOAUTH2", _bearer(self._relay.user, self._password()))


def _bearer(user: str, token: str) -> Any:
    """The answer to AUTH XOAUTH2: the token first; to a refusal, which comes as a challenge, nothing more."""

    def answer(challenge: bytes | None = None) -> str:
        return "" if challenge else f"user={user}\x01auth=Bearer {token}\x01\x01"

    return answer


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError(f"smtp.ca_file: {ca_file} could not be read as certificates: {error}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _check_addresses(letter: OutgoingLetter) -> None:
    """smtplib would cut an odd address down to something else; a letter goes to nobody else."""
    for address in (letter.sender, *letter.recipients):
        if not re.fullmatch(r"[\x21-\x7e]+@[\x21-\x7e]+", address) or set(address) & set('<>()[],;:\\"'):
            raise ChannelError("An address holds characters that the relay cannot take; correct it.", permanent=True)


def _envelope(session: smtplib.SMTP, letter: OutgoingLetter) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Accepted and refused recipients; raises the first refusal where nobody was accepted."""
    _expect(session.mail(letter.sender), 250, "refused the sender")
    accepted: list[str] = []
    refused: list[tuple[str, Reply]] = []
    for recipient in letter.recipients:
        reply = session.rcpt(recipient)
        if reply[0] in (250, 251):
            accepted.append(recipient)
        else:
            refused.append((recipient, reply))
    if not accepted:
        _raise_refusal([reply for _, reply in refused])
    return tuple(accepted), tuple((who, _words(reply)) for who, reply in refused)


def _raise_refusal(replies: list[Reply]) -> None:
    """Nobody was accepted: worth another try while one refusal was temporary."""
    temporary = next((reply for reply in replies if reply[0] < 500), None)
    raise _refusal(temporary or replies[0], "refused every recipient")


def _expect(reply: Reply, code: int, complaint: str) -> None:
    if reply[0] != code:
        raise _refusal(reply, complaint)


def _refusal(reply: Reply, complaint: str) -> ChannelError:
    """The server said no in so many words, so nothing has left."""
    return ChannelError(f"The relay {complaint}: {_words(reply)}.", permanent=reply[0] >= 500)


def _words(reply: Reply) -> str:
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", reply[1].decode("utf-8", "replace")).strip()
    return f"{reply[0]} {text[:200]}".strip()


def _hand_over(session: smtplib.SMTP, raw: bytes) -> None:
    """Send the text. From its first byte on, a missing answer means that it may have left."""
    try:
        session.send(_stuffed(raw))
        reply = session.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelError(
            f"The relay did not answer after the text was handed over ({type(error).__name__}); it may have left.",
            uncertain=True,
        ) from error
    if not 200 <= reply[0] < 600:
        raise ChannelError(f"The relay's answer was not understood: {_words(reply)}; it may have left.", uncertain=True)
    if reply[0] >= 300:
        raise _refusal(reply, "refused the text")


def _stuffed(raw: bytes) -> bytes:
    """``raw`` with CRLF line ends, dots at line starts doubled, and the final dot (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _leave(session: smtplib.SMTP) -> None:
    """Say goodbye; what happens now changes nothing about the letter."""
    try:
        session.quit()
    except (smtplib.SMTPException, OSError):
        session.close()


@contextmanager
def _nothing_left() -> Iterator[None]:
    """Whatever goes wrong inside, no byte of the text was handed over: permanent, or worth another try."""
    try:
        yield
    except ChannelError:
        raise
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise _explained(error) from error


def _explained(error: Exception) -> ChannelError:
    return next(explain(error) for kind, explain in _EXPLANATIONS if isinstance(error, kind))


def _of_reply(complaint: str) -> Callable[[Exception], ChannelError]:
    def explain(error: Exception) -> ChannelError:
        assert isinstance(error, smtplib.SMTPResponseException)
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return _refusal((error.smtp_code, words), complaint)

    return explain


def _permanent(sentence: str) -> Callable[[Exception], ChannelError]:
    return lambda error: ChannelError(sentence, permanent=True)


def _passing(sentence: str) -> Callable[[Exception], ChannelError]:
    return lambda error: ChannelError(sentence.format(type(error).__name__))


# The order counts: the narrower kind stands first.
_EXPLANATIONS: tuple[tuple[type[Exception], Callable[[Exception], ChannelError]], ...] = (
    (smtplib.SMTPAuthenticationError, _of_reply("refused the sign-in (check the user in smtp.url and the password)")),
    (smtplib.SMTPResponseException, _of_reply("refused")),
    (smtplib.SMTPNotSupportedError, _permanent("The relay does not offer what smtp.url asks for (STARTTLS or AUTH).")),
    (smtplib.SMTPServerDisconnected, _passing("The relay closed the connection before the text; it is tried again.")),
    (
        ssl.SSLCertVerificationError,
        _permanent("The relay's certificate is not trusted; check the host name in smtp.url, or set smtp.ca_file."),
    ),
    (ssl.SSLError, _passing("The relay could not be reached over TLS; check scheme and port in smtp.url.")),
    (TimeoutError, _passing("The relay did not answer in time; it is tried again.")),
    (OSError, _passing("The relay could not be reached ({}); it is tried again.")),
    (
        ValueError,
        _permanent("The relay cannot be told the user, the password or the host as they are written; use ASCII."),
    ),
)
