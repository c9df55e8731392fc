"""winmail.dat: the plain text and the attachments that Outlook wraps in TNEF ([MS-OXTNEF])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from worker.parsing.charset import decode

TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SIGNATURE = 0x223E9F78
_ATTACH_START, _ATTACH_TITLE, _ATTACH_DATA, _ATTACH_PROPS = 0x9002, 0x8010, 0x800F, 0x9005
_BODY = 0x800C
_LONG_NAME, _MIME_TAG = 0x3707, 0x370E
_MOST = 500


@dataclass(slots=True)
class TnefFile:
    """A wrapped file."""

    filename: str = ""
    type: str = "application/octet-stream"
    content: bytes = b""


@dataclass(slots=True)
class Tnef:
    """What was found inside."""

    text: str = ""
    files: list[TnefFile] = field(default_factory=list)


def read(raw: bytes) -> Tnef:
    """Read as far as the bytes make sense; never raises. Compressed RTF is not opened."""
    found = Tnef()
    for kind, data in _attributes(raw):
        if kind == _ATTACH_START:
            found.files.append(TnefFile())
        elif kind == _BODY:
            found.text = decode(data.rstrip(b"\0")).text.replace("\r\n", "\n")
        elif found.files:
            _fill(found.files[-1], kind, data)
    return found


def _fill(file: TnefFile, kind: int, data: bytes) -> None:
    if kind == _ATTACH_TITLE:
        file.filename = file.filename or decode(data.rstrip(b"\0")).text
    elif kind == _ATTACH_DATA:
        file.content = data
    elif kind == _ATTACH_PROPS:
        for tag, value in _properties(data):
            if tag == _LONG_NAME:
                file.filename = value
            elif tag == _MIME_TAG:
                file.type = value.lower()


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Pairs of attribute id and data."""
    if len(raw) < 6 or struct.unpack_from("<I", raw)[0] != _SIGNATURE:
        return
    position = 6
    for _ in range(_MOST):
        if position + 9 > len(raw):
            return
        _, identity, length = struct.unpack_from("<BII", raw, position)
        start = position + 9
        yield identity & 0xFFFF, raw[start : start + length]
        position = start + length + 2


def _properties(data: bytes) -> Iterator[tuple[int, str]]:
    """The string properties at the start of a MAPI block, as (tag, text); stops at a kind it does not know."""
    position = 4
    for _ in range(_MOST):
        if position + 4 > len(data):
            return
        kind, tag = struct.unpack_from("<HH", data, position)
        size = _FIXED.get(kind)
        if tag >= 0x8000 or (size is None and kind not in _VARIABLE):
            return
        position += 4
        if size is not None:
            position += size
            continue
        value, position = _variable(data, position)
        if kind in (0x1E, 0x1F):
            text = value.decode("utf-16-le", "replace") if kind == 0x1F else decode(value).text
            yield tag, text.rstrip("\0")


_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0x0D, 0x1E, 0x1F, 0x102})


def _variable(data: bytes, position: int) -> tuple[bytes, int]:
    """The first of a counted list of values, and where the list ends (4-byte padded)."""
    if position + 8 > len(data):
        return b"", len(data)
    count, length = struct.unpack_from("<II", data, position)
    value = data[position + 8 : position + 8 + length]
    position += 4
    for _ in range(min(count, _MOST)):
        if position + 4 > len(data):
            break
        position += 4 + (struct.unpack_from("<I", data, position)[0] + 3) // 4 * 4
    return value, position
