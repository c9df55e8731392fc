"""An IMAP account as named by its URL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from worker.domain.errors import MailboxError

DEFAULT_PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143}


class Security(StrEnum):
    """How the connection is protected; ``plain`` is for loopback, or where the site allows it in so many words."""

    TLS = "imaps"
    STARTTLS = "imap+starttls"
    PLAIN = "imap"


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to sign in. ``folder`` is the URL's path, "" where it has none."""

    security: Security
    host: str
    port: int
    user: str
    folder: str = ""

    @property
    def place(self) -> str:
        """The server for messages to people: host and port, never the user."""
        return f"{self.host}:{self.port}"


def parse_url(url: str, *, allow_plaintext: bool = False) -> Account:
    """Read ``imaps://user@host[:port]/Folder``; MailboxError says what is wrong with it and what would be right."""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS:
        known = ", ".join(f"{scheme}://" for scheme in DEFAULT_PORTS)
        raise MailboxError(f"{parts.scheme or url}:// is no way to reach a mailbox; use {known}.", kind="protocol")
    if parts.password:
        raise MailboxError(
            "A mailbox URL must not hold a password; use password_env or password_file.", kind="password"
        )
    host, port = _host_and_port(parts)
    security = Security(parts.scheme)
    if security is Security.PLAIN and not allow_plaintext and not is_loopback(host):
        raise MailboxError(
            f"imap:// to {host} would send the password in the clear; use imaps:// or imap+starttls://, "
            "or set allow_plaintext = true.",
            kind="tls",
        )
    return Account(security, host, port, unquote(parts.username or ""), unquote(parts.path.lstrip("/")))


def _host_and_port(parts: SplitResult) -> tuple[str, int]:
    try:
        port = parts.port
    except ValueError as error:
        raise MailboxError(f"The port in the mailbox URL is no port: {error}.", kind="protocol") from error
    if not parts.hostname:
        raise MailboxError("The mailbox URL names no host; write imaps://user@host.", kind="protocol")
    return parts.hostname, port or DEFAULT_PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def missing_ca_file(ca_file: Path | None) -> bool:
    """Whether a certificate file is named that is not there."""
    return ca_file is not None and not ca_file.is_file()
