"""Signing in without a password: what Microsoft and Google have in common, and what their refusals mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from worker.domain.errors import MailboxError
from worker.mailboxes.tokens import Vault

if TYPE_CHECKING:  # loaded when somebody signs in, not at every start
    import requests

Tell = Callable[[str], None]
"""Shows a person what to do."""
PLACE = "sign-in"

_SIGNS = tuple(
    # OAuth error codes (RFC 6749, 8628), Microsoft's AADSTS numbers and Google's reasons, the most telling first.
    (kind, re.compile("|".join(signs), re.I))
    for kind, signs in (
        ("throttled", ["temporarily_unavailable", "slow_down", "rate.?limit", "too many", r"\b429\b", "AADSTS50196",
                       "AADSTS90033", "AADSTS90100"]),
        ("disabled", ["AADSTS50057", "AADSTS50034", "AADSTS53003", "disabled", "suspended", "deleted_account"]),
        ("password", ["AADSTS50126", "AADSTS50173", "AADSTS50055", "invalid_client", "unauthorized_client",
                      "AADSTS7000"]),
    )
)  # fmt: skip
_ADVICE = {
    "throttled": "Mamori waits and tries again by itself",
    "disabled": "the account or its access is switched off: ask whoever runs the accounts",
    "password": "the password was changed or the client id is not accepted: sign in again, check client_id",
    "consent": "sign in again",
}


@dataclass(frozen=True, slots=True)
class Registration:
    """The site's own registration with a provider. ``authority`` is another sign-in server than the usual, or ""."""

    client_id: str
    client_secret: str = ""
    tenant: str = "common"
    authority: str = ""
    ca_file: Path | None = None


class Access(Protocol):
    """A sign-in to one account."""

    def login(self, tell: Tell) -> None:
        """Let a person sign in; MailboxError where it came to nothing."""

    def token(self) -> str:
        """An access token that is good for a while, renewed where needed; MailboxError where it cannot be had."""


def refusal(vault: Vault, code: str, words: str = "") -> MailboxError:
    """What a provider's error means: throttled, disabled, password, and else consent. Its words are cut short."""
    said = f"{code} {words}"
    kind = next((kind for kind, sign in _SIGNS if sign.search(said)), "consent")
    short = " ".join(said.split())[:200]
    return MailboxError(f"{PLACE}: {short} – {_ADVICE[kind]} ('mamori mailbox login {vault.name}').", kind=kind)


def not_signed_in(vault: Vault) -> MailboxError:
    """Nobody has signed in to this mailbox yet."""
    return MailboxError(
        f"nobody has signed in to mailbox {vault.name!r}; run 'mamori mailbox login {vault.name}'.", kind="consent"
    )


@contextmanager
def sign_in_faults() -> Iterator[None]:
    """Turn the faults of the way to the sign-in server into MailboxErrors."""
    import requests

    try:
        yield
    except requests.exceptions.SSLError as error:
        raise MailboxError(f"{PLACE}: its certificate is not trusted; check ca_file.", kind="tls") from error
    except requests.exceptions.RequestException as error:
        raise MailboxError(f"{PLACE}: the server could not be reached; check the network.", kind="network") from error


@contextmanager
def http_session(ours: Registration) -> Iterator[requests.Session]:
    """A session for the way to the sign-in server, closed at the end; its faults are MailboxErrors."""
    import requests

    with sign_in_faults(), requests.Session() as session:
        yield trusting(session, ours)


def trusting(session: requests.Session, ours: Registration) -> requests.Session:
    """Let a session check certificates against the site's own authority, whatever the environment names."""
    usual = session.merge_environment_settings
    checked = {"verify": str(ours.ca_file)} if ours.ca_file else {}
    session.merge_environment_settings = lambda *told: {**usual(*told), **checked}  # type: ignore[method-assign]
    return session
