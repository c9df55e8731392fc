"""Every lower error of an IMAP conversation as one MailboxError with its kind and the server's stated wait."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError, ProtocolError

from worker.domain.errors import MailboxError

_WAIT = re.compile(r"(?:backoff time|retry after|try again in)\D{0,10}(\d+)\s*(milliseconds|ms|s|sec|min)?", re.I)
_SCALE = {"milliseconds": 0.001, "ms": 0.001, "s": 1.0, "sec": 1.0, "min": 60.0}
_SIGNS = tuple(
    # Texts that servers send in NO and BYE, the most telling first.
    (kind, re.compile("|".join(signs), re.I))
    for kind, signs in (
        # imaplib's own words for a broken connection; they repeat the command's name, so they come first.
        ("network", ["socket error", "unexpected eof"]),
        (
            "throttled",
            ["throttl", "backoff", "too many", "rate limit", "bandwidth", "overquota", r"\[limit\]", "temporar"],
        ),
        (
            "disabled",
            ["authenticated but not connected", "imap (?:access )?is (?:disabled|not enabled)", "enabled for imap"],
        ),
        ("consent", ["consent", "interaction_required", "web ?login required"]),
        ("password", ["authenticat", "invalid credentials", "login", "password", "application-specific"]),
        ("folder", ["mailbox doesn't exist", "nonexistent", "no such mailbox", "unknown mailbox", "select failed"]),
    )
)
_ADVICE = {
    "password": "check user and password",
    "consent": "sign in again to give consent",
    "disabled": "ask whoever runs the mail server to switch IMAP on for this account",
    "throttled": "Mamori waits and tries again by itself",
    "tls": "check the certificate, ca_file and the port",
    "network": "check host and port, and that the server is up",
    "folder": "check the folder's name in mamori.toml",
    "protocol": "the next round tries again; if it stays, ask whoever runs the mail server",
}


def fault(place: str, error: BaseException) -> MailboxError:
    """The MailboxError for ``error`` at ``place`` (host and port)."""
    said = _words(error)
    kind = _kind(error, said)
    return MailboxError(f"{place}: {said} – {_ADVICE[kind]}.", kind=kind, retry_after=stated_wait(said))


@contextmanager
def faults_at(place: str) -> Iterator[None]:
    """Turn whatever is raised inside into a MailboxError; a MailboxError passes as it is."""
    try:
        yield
    except MailboxError:
        raise
    except (IMAPClientError, IMAPClientAbortError, OSError, ValueError, EOFError) as error:
        raise fault(place, error) from error


def stated_wait(said: str) -> float | None:
    """The seconds that the server asks us to wait, or None. A bare number from 1,000 on is milliseconds (Exchange)."""
    found = _WAIT.search(said)
    if not found:
        return None
    number = float(found[1])
    unit = (found[2] or ("ms" if number >= 1000 else "s")).lower()
    return number * _SCALE[unit]


def _kind(error: BaseException, said: str) -> str:
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, OSError) and not isinstance(error, IMAPClientError):
        return "network"
    for kind, sign in _SIGNS:
        if sign.search(said):
            return kind
    return "password" if isinstance(error, LoginError) and not isinstance(error, ProtocolError) else "protocol"


def _words(error: BaseException) -> str:
    said = error.args[0] if error.args and isinstance(error.args[0], bytes | str) else str(error)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200].rstrip(".") or type(error).__name__
