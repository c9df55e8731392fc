"""Mails written byte by byte, as the mail programs of Japan write them: JIS in seven bits, names cut in words."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

_KANJI, _ASCII = b"\x1b$B", b"\x1b(B"
_WORD_BYTES = 42
"""Bytes of one encoded word before base64, so that the word with its charset stays under 75 characters."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes along: its name (any script), type and text (kept as UTF-8)."""

    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail before it is bytes. ``date`` is aware; addresses are (name, address); ``headers`` come as they
    are (ASCII), ``trace`` are those that servers put on top."""

    sender: tuple[str, str]
    to: Sequence[tuple[str, str]]
    subject: str
    date: datetime
    message_id: str
    text: str
    charset: str = "utf-8"
    label: str = ""
    html: str = ""
    references: Sequence[str] = ()
    reply_to: tuple[str, str] | None = None
    attached: Sequence[Attached] = ()
    headers: Sequence[tuple[str, str]] = ()
    trace: Sequence[tuple[str, str]] = ()


def compose(draft: Draft) -> bytes:
    """The mail as RFC 5322 bytes with CRLF line ends; UnicodeEncodeError where the charset cannot hold the text."""
    lines = [*(_line(name, value.encode("ascii")) for name, value in draft.trace), *_headers(draft)]
    return b"".join(lines) + _body(draft)


def encode(text: str, charset: str) -> bytes:
    """``text`` in ``charset``; ``iso-2022-jp`` with the letters beyond JIS that Japanese programs send (①, ㈱, 髙)."""
    if charset != "iso-2022-jp":
        return text.encode(charset)
    return b"\n".join(_jis(line) for line in text.split("\n"))


def _jis(line: str) -> bytes:
    """One line of JIS: it begins and ends in ASCII."""
    out, kanji = bytearray(), False
    for letter in line:
        if (not letter.isascii()) != kanji:
            kanji = not kanji
            out += _KANJI if kanji else _ASCII
        out += _jis_letter(letter) if kanji else letter.encode("ascii")
    return bytes(out + (_ASCII if kanji else b""))


def _jis_letter(letter: str) -> bytes:
    """Two bytes of JIS by way of CP932; a letter of one byte there (half-width kana) has no place in JIS."""
    double = letter.encode("cp932")
    if len(double) != 2:
        raise UnicodeEncodeError("iso-2022-jp", letter, 0, 1, "half-width kana are not sent")
    lead, trail = double
    row = (lead - (0x81 if lead <= 0x9F else 0xC1)) * 2 + 0x21
    if trail >= 0x9F:
        return bytes((row + 1, trail - 0x7E))
    return bytes((row, trail - (0x20 if trail > 0x7F else 0x1F)))


def _headers(draft: Draft) -> list[bytes]:
    label = draft.label or draft.charset
    named = [
        ("From", _address(draft.sender, draft.charset, label)),
        ("To", b",\r\n ".join(_address(one, draft.charset, label) for one in draft.to)),
        ("Subject", _words(draft.subject, draft.charset, label)),
        ("Date", format_datetime(draft.date).encode("ascii")),
        ("Message-ID", draft.message_id.encode("ascii")),
    ]
    if draft.references:
        named.append(("In-Reply-To", draft.references[-1].encode("ascii")))
        named.append(("References", b"\r\n ".join(one.encode("ascii") for one in draft.references)))
    if draft.reply_to:
        named.append(("Reply-To", _address(draft.reply_to, draft.charset, label)))
    named += [(name, value.encode("ascii")) for name, value in draft.headers]
    return [_line(name, value) for name, value in [*named, ("MIME-Version", b"1.0")]]


def _line(name: str, value: bytes) -> bytes:
    return name.encode("ascii") + b": " + value + b"\r\n"


def _address(address: tuple[str, str], charset: str, label: str) -> bytes:
    name, mail = address
    written = _words(name, charset, label)
    if name.isascii() and any(sign in name for sign in "@,.()"):
        written = b'"' + written + b'"'
    return (written + b" " if name else b"") + b"<" + mail.encode("ascii") + b">"


def _words(text: str, charset: str, label: str) -> bytes:
    """A header's text: as it stands where it is ASCII, else as encoded words that each hold whole letters."""
    if text.isascii():
        return text.encode("ascii")
    pieces, piece = [], ""
    for letter in text:
        if piece and len(encode(piece + letter, charset)) > _WORD_BYTES:
            pieces.append(piece)
            piece = ""
        piece += letter
    name = label.upper() if label != "utf-8" else "UTF-8"
    return b"\r\n ".join(
        b"=?%s?B?%s?=" % (name.encode("ascii"), base64.b64encode(encode(one, charset))) for one in [*pieces, piece]
    )


def _body(draft: Draft) -> bytes:
    """From the content headers on: the text, with HTML beside it and files after it where there are any."""
    part = _text_part("plain", draft.text, draft)
    if draft.html:
        page = _text_part("html", draft.html, draft)
        part = _multipart("alternative", [part, page], draft.message_id)
    if draft.attached:
        part = _multipart("mixed", [part, *(_file_part(one) for one in draft.attached)], draft.message_id)
    return part


def _text_part(subtype: str, text: str, draft: Draft) -> bytes:
    data = encode(text, draft.charset)
    label = "us-ascii" if text.isascii() else draft.label or draft.charset
    transfer, written = _transfer(data, text, draft.charset)
    head = f'Content-Type: text/{subtype}; charset="{label}"\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n'
    return head.encode("ascii") + written


def _transfer(data: bytes, text: str, charset: str) -> tuple[str, bytes]:
    """How each charset usually travels: JIS and ASCII in seven bits, EUC in eight, the others in base64."""
    if charset == "iso-2022-jp" or text.isascii():
        return "7bit", _crlf(data)
    if charset == "euc-jp":
        return "8bit", _crlf(data)
    if sum(letter.isascii() for letter in text) > 0.9 * len(text):
        return "quoted-printable", _crlf(quopri.encodestring(data))
    return "base64", _base64(_crlf(data))


def _file_part(attached: Attached) -> bytes:
    data = attached.text.encode("utf-8")
    head = (
        f"Content-Type: {attached.type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n filename*=UTF-8''{quote(attached.name)}\r\n\r\n"
    )
    return head.encode("ascii") + _base64(data)


def _multipart(subtype: str, parts: Sequence[bytes], message_id: str) -> bytes:
    boundary = f"=_{subtype}_{message_id.strip('<>').partition('@')[0][:40]}".encode("ascii")
    head = b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n' % (subtype.encode("ascii"), boundary)
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    return head + body + b"--%s--\r\n" % boundary


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def as_html(text: str, quoted: str) -> str:
    """The HTML that a mail program makes of plain text, the quoted mail in a block of its own."""
    page = "".join(f"<div>{escape(line) or '<br>'}</div>\n" for line in text.splitlines())
    if quoted:
        page += f'<blockquote style="margin-left: 0.8ex; padding-left: 1ex">\n{as_html(quoted, "")}</blockquote>\n'
    return page
