"""Reading a whole mail, and never failing at it."""

from __future__ import annotations

import time

import pytest

from tests.parsing.build import multipart, part, raw
from worker.domain.mail import Address, ParsedMail
from worker.parsing import Limits, needs_person, read, read_mail

FULL = raw(
    "Return-Path: <yamada@client.example>",
    "Received: from mx by store; Wed, 4 Mar 2026 10:13:00 +0900",
    "Received: from home by mx; Wed, 4 Mar 2026 10:12:30 +0900",
    "DKIM-Signature: v=1; a=rsa-sha256; b=abc",
    "From: =?utf-8?B?5bGx55Sw?= <yamada@client.example>",
    "To: support@sample.example, Sato <sato@sample.example>",
    "Cc: suzuki@client.example",
    "Reply-To: desk@client.example",
    "Subject: =?iso-2022-jp?B?GyRCSlY2YhsoQg==?=",
    "Date: Wed, 4 Mar 2026 10:12:00 +0900",
    "Message-ID: <3@client.example>",
    "In-Reply-To: <2@sample.example>",
    "References: <1@client.example>\r\n <2@sample.example>",
    "Content-Type: text/plain; charset=utf-8",
    body="返金をお願いします。\n",
)


def test_everything() -> None:
    """A sound mail is read whole, without a defect."""
    parsed = read_mail(FULL)
    assert parsed.defects == ()
    assert parsed.sender == Address("山田", "yamada@client.example")
    assert parsed.to == (Address("", "support@sample.example"), Address("Sato", "sato@sample.example"))
    assert parsed.cc == (Address("", "suzuki@client.example"),)
    assert parsed.reply_to == (Address("", "desk@client.example"),)
    assert (parsed.subject, parsed.text, parsed.automatic) == ("返金", "返金をお願いします。\n", "")
    assert (parsed.message_id, parsed.in_reply_to) == ("3@client.example", "2@sample.example")
    assert parsed.references == ("1@client.example", "2@sample.example")
    assert parsed.date is not None
    assert parsed.date.isoformat() == "2026-03-04T10:12:00+09:00"
    assert parsed.received is not None
    assert parsed.received.isoformat() == "2026-03-04T10:13:00+09:00"
    assert parsed.headers["return-path"] == ("<yamada@client.example>",)
    assert len(parsed.headers["received"]) == 2
    assert "dkim-signature" not in parsed.headers


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_line_ends(end: bytes) -> None:
    """Line ends do not matter to what is read."""
    assert read_mail(FULL.replace(b"\r\n", end)) == read_mail(FULL)


def test_a_byte_order_mark_before_the_headers() -> None:
    """A mail saved as a text file with a byte order mark is read like any other."""
    assert read_mail(b"\xef\xbb\xbf" + FULL) == read_mail(FULL)


def test_nothing_is_there() -> None:
    """Every header is optional: a mail of nothing is read, and what is missing is said."""
    for data in (b"", b"\r\n", b"\r\n\r\ntext"):
        parsed = read_mail(data)
        assert (parsed.sender, parsed.date, parsed.message_id) == (None, None, "")
        assert parsed.defects == ("headers: no From", "date: missing")


@pytest.mark.parametrize(
    ("header", "defect"),
    [
        ("Date:", "date: blank"),
        ("Date: tomorrow", "date: cannot be read"),
        ("From: a@b.example\r\nFrom: c@d.example", "headers: from more than once"),
        ("Subject: a\r\nSubject: b", "headers: subject more than once"),
        ("From: undisclosed-recipients:;", "headers: no From"),
    ],
)
def test_defects(header: str, defect: str) -> None:
    """Blank, wrong and doubled headers are named."""
    assert defect in read_mail(raw(header)).defects


def test_the_first_usable_value_counts() -> None:
    """Of doubled headers the first with content is read; of several authors, the first with an address."""
    parsed = read_mail(raw("Subject:", "Subject: one", "Subject: two", "From: Team, Taro <taro@client.example>"))
    assert parsed.subject == "one"
    assert parsed.sender == Address("Taro", "taro@client.example")
    assert read_mail(raw("From: MAILER-DAEMON")).sender == Address("", "MAILER-DAEMON")
    assert read_mail(raw("From: =?utf-8?B?5bGx55Sw?=")).sender == Address("山田", "")


def test_nul_and_surrogates() -> None:
    """NUL and lone surrogates never reach what databases and JSON are given."""
    data = b'Subject: a\0b\xed\xa0\x80c\nFrom: "x\0y" <a\0@b.example>\nX-A: \0\xed\xa0\x80\nMessage-ID: <\0m>\n\ntext\0\xed\xa0\x80 end'
    parsed = read_mail(data)
    shown = repr(parsed)
    assert "\\x00" not in shown
    assert "\\ud800" not in shown
    assert parsed.subject.startswith("ab")
    assert parsed.sender == Address("xy", "a@b.example")
    assert parsed.message_id == "m"


@pytest.mark.parametrize("charset", ["iso2022_jp", "shift_jis", "euc_jp", "utf-8"])
def test_raw_headers(charset: str) -> None:
    """Headers of raw bytes in any Japanese charset are read: subject, names, file names."""
    head = ["Subject: 至急、返金してください", 'From: "山田、太郎" <yamada@client.example>']
    data = raw(
        *head,
        'Content-Disposition: attachment; filename="見積書です.pdf"',
        "Content-Type: application/pdf",
        charset=charset,
    )
    parsed = read_mail(data)
    assert parsed.subject == "至急、返金してください"
    assert parsed.sender == Address("山田、太郎", "yamada@client.example")
    assert parsed.attachments[0].filename == "見積書です.pdf"


HOSTILE = {
    "quotes": b"From: " + b'"' * 100_000,
    "brackets": b"To: " + b"<" * 100_000,
    "open words": b"Subject: " + b"=?utf-8?B?" * 20_000,
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 40_000,
    "spaces in a charset": b'Content-Type: text/plain; charset="a' + b" " * 200_000 + b'b"',
    "continuations": b"Subject: x" + b"\n y" * 60_000,
    "boundaries": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 400_000,
    "nesting": b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(2_000)),
    "uuencode": b"\n" + b"begin 644 x\n" * 40_000 + b"end",
    "signed frames": b"\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n\n" * 10_000,
    "quote marks": b"\n" + b">" * 300_000,
    "separators": b"\n" + b"-----Original Message-----\n" * 10_000,
    "attributions": b"\n" + "山田さんは書きました:\n\n".encode() * 8_000,
    "blank lines": b"\n" + b"\n" * 100_000,
    "rules": b"\n" + b"-" * 99 + b"\n" + (b"=" * 150 + b"\n") * 2_000,
    "one long line": b"\nContact: " + "あ".encode() * 150_000,
    "deep HTML": b"Content-Type: text/html\n\n" + b"<div>" * 100_000,
    "wide HTML": b"Content-Type: text/html\n\n" + b"<p>a" * 40_000,
    "open styles": b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nx\n--b\nContent-Type: text/html\n\n"
    + b"<style>" * 100_000,
    "open tags": b"Content-Type: text/html\n\n" + b"<a" * 300_000,
    "half characters": b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + b"\x1b$B$" * 100_000,
    "eight bits": b"\n" + bytes(range(128, 256)) * 1_000,
    "references": b"References: " + b"<a@b> " * 40_000,
    "addresses": b"To: " + b"a@b.example, " * 18_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_in_bounded_time(name: str) -> None:
    """Mails built to cost the square of their length are read like any other."""
    begun = time.process_time()
    parsed = read_mail(HOSTILE[name])
    assert isinstance(parsed, ParsedMail)
    assert time.process_time() - begun < 20, "this took as long as a mail would that costs the square of its length"


def test_a_giant_mail() -> None:
    """Fifty megabytes of attachment are read; beyond the limit the rest is left out with a note for a person."""
    giant = multipart("mixed", part("text/plain", "本文"), part("application/zip; name=a.zip", b"\0" * 50_000_000))
    parsed = read_mail(giant)
    assert (parsed.text, parsed.attachments[0].size) == ("本文", 50_000_000)
    assert not needs_person(parsed.defects)
    cut = read_mail(giant, Limits(size=1_000_000))
    assert cut.text == "本文"
    assert "needs a person: mail larger than 1000000 bytes" in cut.defects


def test_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should reading fail after all, everything is given as text, and a person is asked for."""

    def fail(*_: object) -> None:
        raise ValueError("a fault nobody foresaw")

    monkeypatch.setattr(read, "_tree", fail)
    parsed = read_mail(b"Subject: x\r\n\r\ntext\0\r\n")
    assert parsed.text == "Subject: x\n\ntext\n"
    assert parsed.own_words == "Subject: x\n\ntext"
    assert parsed.defects == ("needs a person: this mail could not be read (ValueError)",)
