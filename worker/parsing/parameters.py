"""Content-Type and Content-Disposition: value and parameters, RFC 2231 and everything that is sent instead of it."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from worker.parsing.charset import clean, decode
from worker.parsing.headers import unfold
from worker.parsing.limits import Notes
from worker.parsing.words import decode_words

_PARAMETER = re.compile(rb';\s*([^\s=;"]+?)\s*=\s*("(?:\\.|[^"\\])*"|"[^"]*$|[^;]*)', re.DOTALL)
_COMMENT = re.compile(rb"\s+\([^)]*\)\s*$")
_PIECE = re.compile(r"^(.+?)\*(\d{1,4})(\*)?$")
_CONTROL = re.compile("[\x00-\x1f\x7f]+")

Parameters = dict[str, bytes]


def split_value(raw: bytes) -> tuple[str, Parameters]:
    """The value before the first semicolon, lower case, and its raw parameters by lower-case name."""
    line = unfold(raw).replace(b"\0", b"").strip()
    value, semicolon, _ = line.partition(b";")
    parameters: Parameters = {}
    if semicolon:
        for name, content in _PARAMETER.findall(line, len(value)):
            parameters.setdefault(name.decode("ascii", "replace").lower(), _unquote(content.strip()))
    return value.decode("ascii", "replace").strip().lower().partition(" ")[0], parameters


def _unquote(content: bytes) -> bytes:
    if content[:1] != b'"':
        return content
    inner = content[1:-1] if len(content) > 1 and content.endswith(b'"') else content[1:]
    return inner.replace(b'\\"', b'"').replace(b"\\\\", b"\\")


def plain(parameters: Parameters, name: str) -> bytes:
    """A parameter that is a token (charset, boundary): its bytes without a trailing comment, or b""."""
    value = parameters.get(name)
    if value is None:
        charset, joined, _ = _continued(parameters, name)
        value = joined if charset is not None else b""
    return _COMMENT.sub(b"", value[:200]).strip(b" '\t")


def text(parameters: Parameters, name: str, notes: Notes) -> str:
    """A parameter that is for people (a file name) as text: RFC 2231, encoded words, raw 8-bit, or plain."""
    charset, joined, encoded = _continued(parameters, name)
    if charset is None:
        value = parameters.get(name, b"")
        return _one_line(decode_words(value, notes))
    if not encoded and b"=?" in joined:
        return _one_line(decode_words(joined, notes))
    found = decode(joined, charset)
    notes.add(found.note and f"header: {found.note}")
    return _one_line(found.text)


def _one_line(value: str) -> str:
    return clean(_CONTROL.sub("", value)).strip()


def _continued(parameters: Parameters, name: str) -> tuple[str | None, bytes, bool]:
    """The RFC 2231 form of ``name``: charset label ("" unknown, None where there is no such form), bytes, encoded."""
    whole = parameters.get(f"{name}*")
    if whole is not None:
        charset, value = _extended(whole)
        return charset, value, True
    pieces = _pieces(parameters, name)
    if not pieces:
        return None, b"", False
    charset, joined, encoded = "", b"", False
    for place, (value, star) in enumerate(pieces):
        if star and place == 0:
            charset, value = _extended(value)
        elif star:
            value = unquote_to_bytes(value)
        encoded = encoded or star
        joined += value
    return charset, joined, encoded


def _pieces(parameters: Parameters, name: str) -> list[tuple[bytes, bool]]:
    found: dict[int, tuple[bytes, bool]] = {}
    for key, value in parameters.items():
        match = _PIECE.match(key)
        if match and match.group(1) == name:
            found.setdefault(int(match.group(2)), (value, bool(match.group(3))))
    return [found[index] for index in sorted(found)]


def _extended(value: bytes) -> tuple[str, bytes]:
    """``charset'language'percent-encoded``; without the quotes the value alone."""
    parts = value.split(b"'", 2)
    if len(parts) == 3:
        return parts[0].decode("ascii", "replace"), unquote_to_bytes(parts[2])
    return "", unquote_to_bytes(value)
