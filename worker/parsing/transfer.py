"""Transfer encodings as they really come: base64 with junk, broken quoted-printable, uuencode inside text."""

from __future__ import annotations

import binascii
import re
from itertools import islice
from typing import NamedTuple

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]+)\r?\n", re.MULTILINE)
_END = re.compile(rb"^end[ \t]*\r?$\n?", re.MULTILINE)
_PADDED_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_MOST_FILES = 100


def decode_base64(data: bytes) -> tuple[bytes, str]:
    """Decode base64 without padding, with junk or cut short; the bytes, and "" or what was wrong."""
    try:
        return binascii.a2b_base64(data.translate(None, b"\r\n \t"), strict_mode=True), ""
    except binascii.Error:
        pass
    body, pad, tail = data.partition(b"=")
    note = ""
    if pad and _NOT_BASE64.sub(b"", tail.lstrip(b"=\r\n \t")):
        return _several(data)
    if (b"-" in body or b"_" in body) and b"+" not in body and b"/" not in body:
        body = body.translate(_URL_SAFE)
    letters = _NOT_BASE64.sub(b"", body)
    if len(letters) != len(body.translate(None, b"\r\n \t")):
        note = "transfer: base64 with characters that do not belong"
    if len(letters) % 4 == 1:
        letters, note = letters[:-1], "transfer: base64 cut short"
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), note


def _several(data: bytes) -> tuple[bytes, str]:
    """Several padded runs one after the other, as some gateways concatenate them."""
    runs = [run for run in re.split(rb"=+", data) if _NOT_BASE64.sub(b"", run)]
    return b"".join(decode_base64(run)[0] for run in runs), "transfer: base64 in several runs"


def decode_quoted(data: bytes) -> tuple[bytes, str]:
    """Decode quoted-printable; escapes that are none stay as written."""
    decoded = binascii.a2b_qp(_PADDED_BREAK.sub(b"=", data) if b"= " in data or b"=\t" in data else data)
    broken = b"=" in decoded and re.search(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)", data)
    return decoded, "transfer: broken quoted-printable" if broken else ""


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str]:
    """Undo the named Content-Transfer-Encoding (lower case); the bytes, and "" or what was wrong."""
    if encoding == "base64":
        return decode_base64(data)
    if encoding == "quoted-printable":
        return decode_quoted(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files, rest = split_uuencode(data)
        return (files[0].content, "") if files else (rest, "transfer: uuencode without a beginning")
    if encoding in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"):
        return data, ""
    return _unknown(data, encoding)


def _unknown(data: bytes, encoding: str) -> tuple[bytes, str]:
    """An encoding nobody knows; names that only carry rubbish around a known one are taken for it."""
    for known in ("base64", "quoted-printable"):
        if known in encoding:
            return decode_transfer(data, known)
    return data, f"transfer: unknown encoding {encoding[:40]!r}"


class UuFile(NamedTuple):
    """A file that stood uuencoded inside a text."""

    filename: bytes
    content: bytes


def split_uuencode(data: bytes) -> tuple[list[UuFile], bytes]:
    """The uuencoded files inside ``data``, and the text without them; a block that decodes to nothing stays text."""
    files: list[UuFile] = []
    rest: list[bytes] = []
    position = 0
    for begin in islice(_BEGIN.finditer(data), _MOST_FILES):
        end = _END.search(data, begin.end()) if begin.start() >= position else None
        content = _uudecode(data[begin.end() : end.start()]) if end else b""
        if end and content:
            files.append(UuFile(begin.group(1).strip(), content))
            rest.append(data[position : begin.start()])
            position = end.end()
    rest.append(data[position:])
    return files, b"".join(rest)


def _uudecode(lines: bytes) -> bytes:
    decoded: list[bytes] = []
    for line in lines.splitlines():
        if not line.strip() or line[:1] == b"`":
            continue
        count = (line[0] - 32) & 63
        need = (count + 2) // 3 * 4
        if len(line) - 1 > need + 4 or any(byte < 32 or byte > 96 for byte in line):
            return b""
        try:
            decoded.append(binascii.a2b_uu(line[: need + 1].ljust(need + 1)))
        except binascii.Error:
            return b""
    return b"".join(decoded)
