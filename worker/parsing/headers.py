"""The header block of a mail or part: raw bytes → names and unfolded values, whatever the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from worker.parsing.limits import Limits, Notes

_END = re.compile(rb"\r?\n\r?\n|\r\r")
_BLANK = re.compile(rb"\r\n|\n|\r")
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*")
_KNOWN_FIELD = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-type|content-transfer-encoding|received|reply-to"
    rb"|return-path|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Headers:
    """Fields by lower-case name, each a list of raw values; folds are kept as ``\\n`` plus their white space."""

    fields: dict[str, list[bytes]] = field(default_factory=dict)

    def raw(self, name: str) -> bytes:
        """The first value of ``name`` that is not blank, folds kept, or b""."""
        values = self.fields.get(name, ())
        return next((value for value in values if value.strip()), b"")

    def all(self, name: str) -> list[bytes]:
        """Every value of ``name``, in order."""
        return self.fields.get(name, [])

    def token(self, name: str) -> str:
        """The first value of ``name`` as plain lower-case ASCII, without comments' worth of care."""
        return unfold(self.raw(name)).decode("ascii", "replace").strip().lower()


def unfold(value: bytes) -> bytes:
    """A raw value on one line, the white space of each fold kept as RFC 5322 says."""
    return value.replace(b"\n", b"") if b"\n" in value else value


def split_head(raw: bytes, start: int, stop: int, limits: Limits, notes: Notes) -> tuple[Headers, int]:
    """Read the header block of ``raw[start:stop]``; returns it and where the body begins.

    A block longer than ``limits.header_bytes`` is cut there with a note for a person; the body is still found.
    """
    blank = _BLANK.match(raw, start, stop)
    if blank:
        return Headers(), blank.end()
    end = _END.search(raw, start, stop)
    block_stop, body = (end.start(), end.end()) if end else (stop, stop)
    if block_stop - start > limits.header_bytes:
        notes.person(f"headers longer than {limits.header_bytes} bytes")
        block_stop = start + limits.header_bytes
    block = raw[start:block_stop]
    headers, consumed = _fields(block, limits, notes)
    return headers, body if consumed is None else start + consumed


def _fields(block: bytes, limits: Limits, notes: Notes) -> tuple[Headers, int | None]:
    """The fields of a block, and None, or the offset where the body begins inside it for want of a blank line."""
    headers = Headers()
    values: list[bytes] | None = None
    position = 0
    for number, line in enumerate(_NEWLINE.split(block)):
        if number > limits.headers:
            notes.person(f"more than {limits.headers} header lines")
            break
        match = _FIELD.match(line)
        if line[:1] in (b" ", b"\t"):
            if values:
                values[-1] += b"\n" + line
        elif match:
            values = headers.fields.setdefault(match.group(1).decode("ascii").lower(), [])
            values.append(line[match.end() :].rstrip())
        elif not _is_envelope(line, number) and line:
            if not _KNOWN_FIELD.search(block, position + len(line)):
                notes.add("headers: no blank line before the body")
                return headers, position
            notes.add("headers: a line that is no header")
            if values:
                values[-1] += b"\n" + line
        position += len(line) + (2 if block[position + len(line) : position + len(line) + 2] == b"\r\n" else 1)
    return headers, None


def _is_envelope(line: bytes, number: int) -> bool:
    """The ``From `` line of an mbox, which is no header."""
    return number == 0 and line.startswith((b"From ", b">From "))
