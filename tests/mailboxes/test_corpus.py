"""A corpus as mail: the bytes say what the case says."""

from __future__ import annotations

import json
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from worker.domain.errors import MailboxError
from worker.domain.mail import Direction
from worker.mailboxes.corpus import case_of, mail_bytes, read_cases


def mail(n: int = 0, **changes: Any) -> dict[str, Any]:
    """A mail of a corpus."""
    return {
        "n": n,
        "direction": "in",
        "date": "2026-03-04T22:31:00+09:00",
        "from": "山田 太郎 <yamada@client.example>",
        "to": "support@sample.example",
        "subject": "件名：長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い題",
        "reply_to": None,
        "headers": {},
        "body": "本文です。\n二行目\n",
    } | changes


def test_a_mail_becomes_rfc_5322() -> None:
    """Addresses, subject, date, ids and body come back from the bytes by a standard parser."""
    raw = mail_bytes(mail(3, reply_to=1), "dev-1")
    read = message_from_bytes(raw, policy=policy.default)
    assert read["From"] == "山田 太郎 <yamada@client.example>"
    assert read["Subject"] == mail()["subject"]
    assert datetime.strptime(read["Date"], "%a, %d %b %Y %H:%M:%S %z") == datetime.fromisoformat(mail()["date"])
    assert (read["Message-ID"], read["In-Reply-To"]) == ("<3.dev-1@corpus.example>", "<1.dev-1@corpus.example>")
    assert read.get_content().replace("\r\n", "\n") == mail()["body"]


def test_a_mails_own_headers_win() -> None:
    """Headers of the case replace those made from its fields, whatever their case; the charset stays the one used."""
    own = {"date": "Mon, 1 Jan 2024 00:00:00 +0000", "Content-Type": "text/html", "Cc": "岡 <o@c.example>"}
    raw = mail_bytes(mail(headers=own, subject=None), "c")
    read = message_from_bytes(raw, policy=policy.default)
    assert read["Date"] == "Mon, 01 Jan 2024 00:00:00 +0000"
    assert read.get_content_type() == "text/plain"
    assert (read["Cc"], read["Subject"]) == ("岡 <o@c.example>", "")


def test_a_header_cannot_end_early() -> None:
    """A line break in a value does not start another header."""
    read = message_from_bytes(mail_bytes(mail(subject="a\nBcc: x@y.example"), "c"), policy=policy.default)
    assert (read["Subject"], read["Bcc"]) == ("a Bcc: x@y.example", None)


def test_a_case_keeps_numbers_directions_and_labels() -> None:
    """Mails come oldest first with number, direction and stamp; labels are what stands there, nothing more."""
    case = case_of(
        {
            "id": "x",
            "flag": True,
            "mails": [mail(1, date="2026-03-05T00:00:00+09:00", direction="out"), mail(0)],
            "desk": {"name": "d"},
            "policy": "upshare",
            "why": "w",
        }
    )
    assert [(f.key, f.direction, f.uid) for f in case.mails] == [("0", Direction.IN, 1), ("1", Direction.OUT, 2)]
    assert case.mails[0].internal_date == datetime.fromisoformat("2026-03-04T22:31:00+09:00")
    assert (case.policy, case.labels, case.desk) == ("upshare", {"flag": True}, {"name": "d"})
    bare = case_of({"id": 7, "mails": []})
    assert (bare.id, bare.mails, bare.desk, bare.policy, bare.labels) == ("7", (), {}, "", {})


def test_a_file_is_read_line_by_line(tmp_path: Path) -> None:
    """Each line is a case; blank lines are none."""
    file = tmp_path / "c.jsonl"
    file.write_text("\n".join([json.dumps({"id": "a", "mails": [mail()]}), "", json.dumps({"id": "b", "mails": []})]))
    assert [case.id for case in read_cases(file)] == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1 is no case of a corpus: "),
        ("[]", "line 1 is no case of a corpus: "),
        ('{"id": "a"}', "'mails' is missing"),
        (json.dumps({"id": "a", "mails": [mail(date="yesterday")]}), "Invalid isoformat"),
        (json.dumps({"id": "a", "mails": [mail(date="2026-03-04T10:00:00")]}), "mail 0 has no offset"),
        (json.dumps({"id": "a", "mails": [mail(direction="up")]}), "'up' is not a valid"),
    ],
)
def test_a_line_that_is_no_case_is_named(tmp_path: Path, line: str, said: str) -> None:
    """File and line of the first fault are named."""
    file = tmp_path / "c.jsonl"
    file.write_text(line)
    with pytest.raises(MailboxError, match=said):
        list(read_cases(file))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing file and one that is no text are faults in a sentence."""
    with pytest.raises(MailboxError, match="none.jsonl could not be read"):
        list(read_cases(tmp_path / "none.jsonl"))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(MailboxError, match="bytes.jsonl could not be read"):
        list(read_cases(tmp_path / "bytes.jsonl"))
