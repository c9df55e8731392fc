from __future__ import annotations

import pytest

from worker.domain.errors import MailboxError
from worker.mailboxes.account import Account, Security, parse_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "imaps://support%40sample.example@imap.sample.example",
            Account(Security.TLS, "imap.sample.example", 993, "support@sample.example"),
        ),
        (
            "imap+starttls://a@mail.example:1143/INBOX/%E8%A6%81",
            Account(Security.STARTTLS, "mail.example", 1143, "a", "INBOX/要"),
        ),
        ("imap://a@127.0.0.1:1143", Account(Security.PLAIN, "127.0.0.1", 1143, "a")),
        ("imap://a@localhost", Account(Security.PLAIN, "localhost", 143, "a")),
    ],
)
def test_url_names_server_user_and_folder(url: str, expected: Account) -> None:
    """A mailbox URL is read with the usual port of its scheme, and user and folder percent-decoded."""
    assert parse_url(url) == expected


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        ("pop3://a@mail.example", "protocol", "imaps://"),
        ("imaps://a:secret@mail.example", "password", "must not hold a password"),
        ("imaps://a@mail.example:99999", "protocol", "port"),
        ("imaps:///INBOX", "protocol", "names no host"),
        ("imap://a@mail.example", "tls", "allow_plaintext"),
    ],
)
def test_wrong_url_names_the_way_out(url: str, kind: str, words: str) -> None:
    """A mailbox URL that cannot be used is refused with its kind of fault and what would be right."""
    with pytest.raises(MailboxError, match=words) as caught:
        parse_url(url)
    assert caught.value.kind == kind


def test_password_never_appears_in_the_refusal() -> None:
    """The sentence about a password in a URL does not repeat it."""
    with pytest.raises(MailboxError) as caught:
        parse_url("imaps://a:hunter2@mail.example")
    assert "hunter2" not in str(caught.value)


def test_plaintext_is_allowed_only_when_the_site_says_so() -> None:
    """allow_plaintext lets imap:// leave this machine."""
    assert parse_url("imap://a@mail.example", allow_plaintext=True).host == "mail.example"
