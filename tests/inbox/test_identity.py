"""What makes a mail the same mail."""

from __future__ import annotations

import pytest

from tests.support.mails import fetched, mail
from worker.inbox.identity import identify, peek_message_id


def _key(raw: bytes, **options: object) -> str:
    return identify(fetched(1, raw, **options)).key  # type: ignore[arg-type]


def test_headers_that_grew_do_not_matter() -> None:
    """A copy with another Received line and other line ends is the same mail."""
    raw = mail("a@client.example")
    grown = b"Received: from x by y; Mon, 6 Apr 2026 12:00:00 +0900\n" + raw.replace(b"\r\n", b"\n") + b"\n\n"
    assert _key(raw) == _key(grown)
    assert identify(fetched(1, raw)).sha256 != identify(fetched(1, grown)).sha256


def test_same_id_other_body_stays_two() -> None:
    """Two mails that claim one Message-ID are two."""
    assert _key(mail("a@client.example", text="一")) != _key(mail("a@client.example", text="二"))


def test_without_id_all_bytes_decide() -> None:
    """Without a Message-ID, or with an empty one, mails with one body and other headers are two."""
    one, two = mail(subject="朝の報告"), mail(subject="夕の報告")
    assert _key(one) != _key(two)
    assert _key(b"Message-ID: <>\r\nSubject: 1\r\n\r\nx") != _key(b"Message-ID: < >\r\nSubject: 2\r\n\r\nx")
    assert _key(one) == _key(one)


def test_cut_mail_is_known_by_size() -> None:
    """A mail over the limit is the same however much of it was fetched."""
    raw = mail("big@client.example", text="x" * 500)
    cut = _key(raw[:-200], complete=False, size=9000)
    assert cut == _key(raw[:-100], complete=False, size=9000)
    assert cut != _key(raw[:-100], complete=False, size=9001)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"Subject: x\r\nMessage-Id:\r\n <a@b.example>\r\nTo: y", b"a@b.example"),
        (b"MESSAGE-ID : a@b.example (note)", b"a@b.example(note)"),
        (b"Message-ID: <a>\nMessage-ID: <b>", b"a"),
        (b"X-Message-ID: <a>\nSubject: Message-ID: <b>", b""),
        (b"\x00\xff\xfe", b""),
        (b"", b""),
    ],
)
def test_peek(head: bytes, expected: bytes) -> None:
    """The first real Message-ID field is found, folded or odd; nothing else is taken for one."""
    assert peek_message_id(head) == expected


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\x00" * 100, b"a" * 400_000, b"\n"])
def test_anything_has_an_identity(raw: bytes) -> None:
    """Bytes that are no mail at all have an identity too."""
    assert len(_key(raw)) == 64
