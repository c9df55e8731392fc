"""A letter as mail is proper, encodes Japanese names, and cannot be broken out of."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from worker.domain.errors import NoticeError
from worker.domain.mail import Address
from worker.notices.mail import compose
from worker.notices.models import Notice
from worker.parsing import read_mail

NOW = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)
SENDER = "株式会社サンプル サポート窓口 <support@sample.example>"
LONG = "東京都千代田区丸の内のとても長い名前の部署 品質保証本部 顧客対応室 室長補佐"


def letter(**changes: object) -> Notice:
    """A letter that is not in the database."""
    values: dict[str, object] = {
        "recipient_name": "青木 一郎",
        "recipient_address": "aoki@client.example",
        "subject": "ご通知(文書番号 M261120-ABCDEF)",
        "text": "拝啓\n平素は格別のお引き立てを賜り、厚く御礼申し上げます。\n.\nFrom here\n",
        "html": "",
        "reference": "M261120-ABCDEF",
        "message_id": "<m261120-abcdef.0123@sample.example>",
    }
    return Notice(**{**values, **changes})


def read(notice: Notice, sender: str = SENDER) -> EmailMessage:
    """The letter as its recipient's program reads it."""
    made = compose(notice, sender, "support@sample.example", NOW)
    return message_from_bytes(made.raw, _class=EmailMessage, policy=policy.default)


def test_headers_say_who_and_what() -> None:
    """From, Reply-To, To, Subject, Date, Message-ID, Auto-Submitted: no, and the reference; nothing that tracks."""
    mail = read(letter())
    assert mail["from"].addresses[0].display_name == "株式会社サンプル サポート窓口"
    assert mail["reply-to"].addresses[0].addr_spec == "support@sample.example"
    assert str(mail["to"]) == "青木 一郎 <aoki@client.example>"
    assert mail["subject"] == "ご通知(文書番号 M261120-ABCDEF)"
    assert mail["date"].datetime == NOW
    assert mail["message-id"] == "<m261120-abcdef.0123@sample.example>"
    assert mail["auto-submitted"] == "no"
    assert mail["x-mamori-reference"] == "M261120-ABCDEF"
    assert not {"Disposition-Notification-To", "Return-Receipt-To", "In-Reply-To", "List-Unsubscribe"} & set(
        mail.keys()
    )


def test_the_date_is_on_the_desks_clock() -> None:
    """The Date header carries the desk's offset."""
    assert "15:05:00 +0900" in compose(letter(), SENDER, "support@sample.example", NOW).raw.decode()


def test_the_bytes_are_seven_bit_with_short_lines() -> None:
    """Any relay takes it: ASCII only, CRLF, no line above 998 bytes."""
    raw = compose(letter(recipient_name=LONG, subject="御" * 150), SENDER, "support@sample.example", NOW).raw
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_the_text_comes_out_as_written() -> None:
    """The body is what was approved, also lines that a mail program might take for something else."""
    body = read(letter()).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == letter().text


def test_html_is_the_alternative() -> None:
    """With HTML the letter is multipart/alternative, plain text first."""
    mail = read(letter(html="<p>拝啓</p>\n"))
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "name",
    [
        "青木 一郎",
        "株式会社クライアント (東京), 営業部",
        'Aoki "Ichi" Ichiro',
        "O'Neil; Sato",
        "山田@営業",
        "",
        LONG,
        "髙橋 𠮷",
    ],
)
def test_display_names_survive(name: str) -> None:
    """Names with commas, quotes, parentheses, rare kanji or none at all come out as they went in."""
    raw = compose(letter(recipient_name=name), SENDER, "support@sample.example", NOW).raw
    assert read_mail(raw).to == (Address(name, "aoki@client.example"),)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "ご通知\r\nBcc: evil@evil.example"},
        {"subject": "ご通知\u2028Bcc: evil@evil.example"},
        {"recipient_name": "青木\nBcc: evil@evil.example"},
        {"recipient_address": "aoki@client.example\r\nBcc: evil@evil.example"},
        {"recipient_address": "aoki@client.example, evil@evil.example"},
        {"recipient_address": "no address"},
        {"recipient_address": ""},
    ],
)
def test_nothing_breaks_out_of_a_header(changes: dict[str, object]) -> None:
    """A line break or a second address in name, address or subject is an error that names the letter."""
    with pytest.raises(NoticeError, match="M261120-ABCDEF"):
        compose(letter(**changes), SENDER, "support@sample.example", NOW)


def test_the_envelope_is_one_sender_and_one_recipient() -> None:
    """The envelope holds bare addresses and nobody else."""
    made = compose(letter(), SENDER, "support@sample.example", NOW)
    assert (made.sender, made.recipients) == ("support@sample.example", ("aoki@client.example",))
    assert made.message_id == "<m261120-abcdef.0123@sample.example>"
