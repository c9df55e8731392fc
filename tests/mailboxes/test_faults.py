from __future__ import annotations

import socket
import ssl

import pytest
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from worker.domain.errors import MailboxError
from worker.mailboxes.faults import fault, faults_at


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LoginError("[AUTHENTICATIONFAILED] Authentication failed."), "password"),
        (LoginError(b"LOGIN failed."), "password"),
        (LoginError("nope"), "password"),
        (LoginError("User is authenticated but not connected."), "disabled"),
        (LoginError("AADSTS65001: user or administrator has not given consent"), "consent"),
        (IMAPClientError("[THROTTLED] Request is throttled. Suggested Backoff Time: 299000 milliseconds"), "throttled"),
        (IMAPClientError("[NONEXISTENT] Unknown Mailbox: 要確認"), "folder"),
        (IMAPClientAbortError("socket error: EOF"), "network"),
        (IMAPClientAbortError("unexpected tagged response"), "protocol"),
        (ssl.SSLCertVerificationError("certificate verify failed"), "tls"),
        (socket.gaierror(-2, "Name or service not known"), "network"),
        (TimeoutError("timed out"), "network"),
        (ConnectionRefusedError(111, "Connection refused"), "network"),
    ],
)
def test_every_lower_error_has_a_kind(error: Exception, kind: str) -> None:
    """Password, consent, mailbox off, throttling, certificate, network and folder faults are told apart."""
    assert fault("imap.example:993", error).kind == kind


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Suggested Backoff Time: 299000 milliseconds", 299.0),
        ("Suggested Backoff Time: 299000", 299.0),
        ("Too many connections, try again in 2 min", 120.0),
        ("throttled; retry after 30", 30.0),
        ("throttled", None),
    ],
)
def test_stated_wait_is_kept(words: str, seconds: float | None) -> None:
    """The wait that a server states comes along in seconds."""
    assert fault("imap.example:993", IMAPClientError(words)).retry_after == seconds


def test_sentence_names_the_place_and_the_way_out() -> None:
    """A fault reads as one sentence with host, port, the server's words and an advice."""
    sentence = str(fault("imap.example:993", LoginError("LOGIN failed.")))
    assert sentence == "imap.example:993: LOGIN failed – check user and password."


def test_mailbox_errors_pass_as_they_are() -> None:
    """A fault that is already told is not told again."""
    original = MailboxError("told", kind="folder")
    with pytest.raises(MailboxError) as caught, faults_at("imap.example:993"):
        raise original
    assert caught.value is original


def test_errors_without_words_are_named_by_their_class() -> None:
    """An error that says nothing still yields a sentence."""
    assert "EOFError" in str(fault("imap.example:993", EOFError()))
