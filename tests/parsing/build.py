"""Mails for the tests, made by code; every person and company in them is invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from worker.domain.mail import Address, Authorship, Direction, Message, ParsedMail

START = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)


def raw(*headers: str | bytes, body: str | bytes = "本文です。\n", charset: str = "utf-8") -> bytes:
    """A mail of these header lines and this body, lines ended by CRLF."""
    lines = [line if isinstance(line, bytes) else line.encode(charset) for line in headers]
    content = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode(charset)
    return b"\r\n".join(lines) + b"\r\n\r\n" + content


def multipart(kind: str, *parts: bytes, boundary: str = "=-frontier", head: tuple[str, ...] = ()) -> bytes:
    """A multipart mail of ready parts."""
    delimiter = f"\r\n--{boundary}\r\n".encode()
    body = b"".join(delimiter + part for part in parts) + f"\r\n--{boundary}--\r\n".encode()
    return raw(*head, f'Content-Type: multipart/{kind}; boundary="{boundary}"', body=body)


def part(kind: str, content: str | bytes, *headers: str, charset: str = "utf-8") -> bytes:
    """One part, its text in UTF-8."""
    label = f"; charset={charset}" if isinstance(content, str) else ""
    return raw(f"Content-Type: {kind}{label}", *headers, body=content, charset=charset)


def message(
    key: str,
    sender: str = "yamada@client.example",
    *,
    to: tuple[str, ...] = ("support@sample.example",),
    cc: tuple[str, ...] = (),
    subject: str = "",
    references: tuple[str, ...] = (),
    in_reply_to: str = "",
    direction: Direction = Direction.IN,
    hours: float = 0,
    message_id: str | None = None,
    automatic: str = "",
) -> Message:
    """A message of a thread, ``hours`` after the start; its Message-ID is its key unless one is given."""
    parsed = ParsedMail(
        message_id=key if message_id is None else message_id,
        subject=subject,
        sender=Address("", sender),
        to=tuple(Address("", address) for address in to),
        cc=tuple(Address("", address) for address in cc),
        references=references,
        in_reply_to=in_reply_to,
        automatic=automatic,
        text=key,
    )
    at = START + timedelta(hours=hours)
    return Message(key, parsed, direction, at, Address("", sender), authorship=Authorship.UNCHECKED)
