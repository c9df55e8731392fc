"""The header block of a mail or part: raw bytes → names and unfolded values, whatever the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from worker.parsing.limits import Limits, Notes

_ENDS = (b"\r\n\r\n", b"\n\n", b"\n\r\n", b"\r\r")
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
    block_stop, body = _blank_line(raw, start, stop)
    if block_stop - start > limits.header_bytes:
        notes.person(f"headers longer than {limits.header_bytes} bytes")
        block_stop = start + limits.header_bytes
    block = raw[start:block_stop]
    headers, consumed = _fields(block, limits, notes)
    return headers, body if consumed is None else start + consumed


def _blank_line(raw: bytes, start: int, stop: int) -> tuple[int, int]:
    """Where the first blank line stands: the end of the headers and the beginning of the body."""
    first, body = stop, stop
    for end in _ENDS:
        found = raw.find(end, start, min(stop, first + len(end)))
        if 0 <= found < first:
            first, body = found, found + len(end)
    return first, body


def _fields(block: bytes, limits: Limits, notes: Notes) -> tuple[Headers, int | None]:
    """The fields of a block, and None, or the offset where the body begins inside it for want of a blank line."""
    reader = _FieldReader(block, notes)
    for number, line in enumerate(_NEWLINE.split(block)):
        if number > limits.headers:
            notes.person(f"more than {limits.headers} header lines")
            break
        if not reader.take(line, number):
            return reader.headers, reader.position
    return reader.headers, None


class _FieldReader:
    """Takes one line after the other; ``position`` is where the line at hand begins in the block."""

    def __init__(self, block: bytes, notes: Notes) -> None:
        self.headers = Headers()
        self.position = 0
        self._block = block
        self._notes = notes
        self._values: list[bytes] = []

    def take(self, line: bytes, number: int) -> bool:
        """Read ``line``; False where it shows that the body begins here for want of a blank line."""
        match = _FIELD.match(line)
        if line[:1] in (b" ", b"\t"):
            self._continue(line)
        elif match:
            self._values = self.headers.fields.setdefault(match.group(1).decode("ascii").lower(), [])
            self._values.append(line[match.end() :].rstrip())
        elif line and not _is_envelope(line, number):
            if not _KNOWN_FIELD.search(self._block, self.position + len(line)):
                self._notes.add("headers: no blank line before the body")
                return False
            self._notes.add("headers: a line that is no header")
            self._continue(line)
        self._advance(line)
        return True

    def _continue(self, line: bytes) -> None:
        if self._values:
            self._values[-1] += b"\n" + line

    def _advance(self, line: bytes) -> None:
        end = self.position + len(line)
        self.position = end + (2 if self._block[end : end + 2] == b"\r\n" else 1)


def _is_envelope(line: bytes, number: int) -> bool:
    """The ``From `` line of an mbox, which is no header."""
    return number == 0 and line.startswith((b"From ", b">From "))
