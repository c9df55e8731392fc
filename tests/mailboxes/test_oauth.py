"""Signing in with Microsoft and Google, against a sign-in server with a certificate authority of the tests' own."""

from __future__ import annotations

import json
import stat
import threading
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.certificates import Authority
from tests.support.scripted_imap import ScriptedImap, scripted_imap
from tests.support.token_server import TokenServer, token_server
from worker.domain.errors import MailboxError
from worker.mailboxes.google import GoogleAccess
from worker.mailboxes.imap import ImapReader
from worker.mailboxes.microsoft import MicrosoftAccess
from worker.mailboxes.oauth import Access, Registration
from worker.mailboxes.tokens import Vault

KINDS = {"microsoft": MicrosoftAccess, "google": GoogleAccess}
Make = Callable[[str], Access]


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> object:
    """The sign-in server's."""
    return authority.issue("tokens")


@pytest.fixture
def server(certificate: object) -> Iterator[TokenServer]:
    """A running sign-in server."""
    with token_server(certificate) as running:  # type: ignore[arg-type]
        yield running


@pytest.fixture
def make(server: TokenServer, authority: Authority, tmp_path: Path) -> Make:
    """Makes the access to a mailbox by its provider."""
    registration = Registration("client", "client-secret", authority=server.url, ca_file=authority.ca_file)
    return lambda provider: KINDS[provider](registration, Vault(tmp_path, "support"))


class Person:
    """A browser whose person consents at once."""

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        """Follow the address in a thread, as a browser would beside us."""
        threading.Thread(target=self._follow, args=(url,)).start()
        return True

    def _follow(self, url: str) -> None:
        import ssl

        context = ssl.create_default_context(cafile=self.ca_file)
        with urllib.request.urlopen(url, context=context, timeout=10) as page:
            page.read()

    ca_file = ""


@pytest.fixture(autouse=True)
def person(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> Person:
    """Whoever sits before the browser of this machine."""
    browser = Person()
    browser.ca_file = str(authority.ca_file)
    monkeypatch.setattr(webbrowser, "get", lambda using=None: browser)
    return browser


@pytest.mark.parametrize("provider", KINDS)
def test_sign_in_once_then_tokens_are_at_hand(make: Make, server: TokenServer, provider: str) -> None:
    """After one sign-in by a person tokens are had without anybody; a good one is not asked for again."""
    told: list[str] = []
    make(provider).login(told.append)
    assert told
    assert [make(provider).token(), make(provider).token()] == ["access-1", "access-1"]
    assert server.issued == ["access-1"]


def test_the_device_code_is_shown(make: Make) -> None:
    """Microsoft's sign-in shows where to go and what to enter."""
    told: list[str] = []
    make("microsoft").login(told.append)
    assert "ABCD-EFGH" in told[0]


@pytest.mark.parametrize("provider", KINDS)
def test_a_token_that_runs_out_is_renewed(make: Make, server: TokenServer, provider: str) -> None:
    """A token with less than five minutes left is renewed by the refresh token, and the new one is kept."""
    server.lifetime = 60
    make(provider).login(lambda text: None)
    server.lifetime = 3600
    assert [make(provider).token(), make(provider).token()] == ["access-2", "access-2"]
    assert server.asked[-1]["grant_type"] == "refresh_token"


@pytest.mark.parametrize("provider", KINDS)
def test_nobody_signed_in(make: Make, provider: str) -> None:
    """Before the first sign-in the fault names the command to run."""
    with pytest.raises(MailboxError, match="mamori mailbox login support") as caught:
        make(provider).token()
    assert caught.value.kind == "consent"


@pytest.mark.parametrize(
    ("provider", "status", "body", "kind"),
    [
        ("microsoft", 400, {"error": "invalid_grant", "error_description": "AADSTS65001: no consent"}, "consent"),
        ("microsoft", 400, {"error": "interaction_required", "error_description": "AADSTS50076: MFA"}, "consent"),
        ("microsoft", 400, {"error": "invalid_grant", "error_description": "AADSTS50173: expired"}, "password"),
        ("microsoft", 400, {"error": "invalid_grant", "error_description": "AADSTS50057: off"}, "disabled"),
        ("microsoft", 400, {"error": "temporarily_unavailable", "error_description": "AADSTS90033"}, "throttled"),
        ("google", 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, "consent"),
        ("google", 401, {"error": "invalid_client", "error_description": "Unauthorized"}, "password"),
        ("google", 400, {"error": "disabled_client", "error_description": "The OAuth client was disabled."}, "disabled"),
        ("google", 403, {"error": "rate_limit_exceeded", "error_description": "slow"}, "throttled"),
    ],
)  # fmt: skip
def test_refusals_are_told_apart(
    make: Make, server: TokenServer, provider: str, status: int, body: dict[str, str], kind: str
) -> None:
    """A changed password, a missing consent, a switched-off account and a server under load are four things."""
    server.lifetime = 60
    make(provider).login(lambda text: None)
    server.refusal = (status, body)
    with pytest.raises(MailboxError) as caught:
        make(provider).token()
    assert caught.value.kind == kind


@pytest.mark.parametrize("provider", KINDS)
def test_a_stranger_s_sign_in_server_is_refused(server: TokenServer, tmp_path: Path, provider: str) -> None:
    """A certificate that the system does not trust ends the sign-in."""
    access = KINDS[provider](Registration("client", "s", authority=server.url), Vault(tmp_path, "support"))
    if provider == "google":
        Vault(tmp_path, "support").save(
            json.dumps({"token": "t", "refresh_token": "r", "expiry": "2026-01-01T00:00:00+00:00"})
        )
    with pytest.raises(MailboxError) as caught:
        access.token() if provider == "google" else access.login(lambda text: None)
    assert caught.value.kind == "tls"


def test_no_sign_in_server(authority: Authority, tmp_path: Path) -> None:
    """A sign-in server that is not there is a network fault."""
    registration = Registration("client", authority="https://localhost:1", ca_file=authority.ca_file)
    with pytest.raises(MailboxError) as caught:
        MicrosoftAccess(registration, Vault(tmp_path, "support")).login(lambda text: None)
    assert caught.value.kind == "network"


def test_sign_ins_are_kept_encrypted(make: Make, tmp_path: Path) -> None:
    """No file holds a token in the clear, and only their owner can read them; a strange key is a fault with a way out."""
    make("google").login(lambda text: None)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not [file for file in files if b"access-1" in file.read_bytes() or b"refresh" in file.read_bytes()]
    (tmp_path / "tokens.key").unlink()
    with pytest.raises(MailboxError, match="cannot be read with the key"):
        make("google").token()


def test_the_mailbox_is_opened_with_a_fresh_token(make: Make, server: TokenServer) -> None:
    """Each connect asks for a token and signs in with XOAUTH2 as the user of the URL, who may be a shared mailbox."""
    make("microsoft").login(lambda text: None)
    with scripted_imap(mails={1: b"Subject: x\r\n\r\nx"}, tokens={"access-1"}) as imap:
        with ImapReader(imap.url, make("microsoft").token) as reader:
            assert reader.status("INBOX").count == 1
        assert not any(line.startswith("LOGIN") for line in imap.log)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (b"NO AUTHENTICATE failed.", "consent"),
        (b"BAD User is authenticated but not connected.", "disabled"),
        (b"NO [UNAVAILABLE] Request is throttled. Suggested Backoff Time: 5000 milliseconds", "throttled"),
    ],
)
def test_a_token_that_the_mailbox_refuses(refusal: bytes, kind: str) -> None:
    """A token without permission, a mailbox that is off and a server under load are told apart there too."""

    def refuse(server: ScriptedImap, arguments: str) -> list[bytes]:
        return [refusal]

    with scripted_imap(moods={"AUTHENTICATE": refuse}) as imap, pytest.raises(MailboxError) as caught:
        ImapReader(imap.url, lambda: "token").__enter__()
    assert caught.value.kind == kind
