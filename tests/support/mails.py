"""Mails made by hand for tests: invented people, `.example` domains."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from worker.domain.ports import Fetched

DESK = "support@sample.example"
TANAKA = "tanaka@client.example"


def mail(
    message_id: str = "",
    *,
    sender: str = TANAKA,
    to: str = DESK,
    cc: str = "",
    subject: str = "お問い合わせ",
    text: str = "お世話になっております。",
    date: datetime | None = None,
    in_reply_to: str = "",
    references: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of one plain UTF-8 mail; ids are given without brackets, and what is "" is left out."""
    fields = {
        "Message-ID": f"<{message_id}>" if message_id else "",
        "From": sender,
        "To": to,
        "Cc": cc,
        "Subject": subject,
        "Date": format_datetime(date) if date else "",
        "In-Reply-To": f"<{in_reply_to}>" if in_reply_to else "",
        "References": " ".join(f"<{each}>" for each in references),
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    plain = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    return f"{head}{plain}\r\n{text}\r\n".encode()


def fetched(uid: int, raw: bytes, at: datetime | None = None, *, complete: bool = True, size: int = 0) -> Fetched:
    """The mail as it lies in a folder."""
    return Fetched(uid=uid, raw=raw, size=size or len(raw), internal_date=at, complete=complete)
