"""The tree of parts of a mail, found in its bytes without copying them; bounded in parts and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from worker.parsing import parameters as values
from worker.parsing.headers import Headers, split_head
from worker.parsing.limits import Limits, Notes
from worker.parsing.transfer import decode_transfer

_GUESS = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\nContent-", re.MULTILINE | re.IGNORECASE)
_REST = re.compile(rb"(--)?[ \t]*(?:\r\n|\n|\r|\Z)")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+$")


@dataclass(slots=True)
class Part:
    """One part: headers, lower-case content type, raw parameters, the stretch of bytes of its body, children."""

    headers: Headers
    type: str
    parameters: values.Parameters
    disposition: str
    disposition_parameters: values.Parameters
    raw: bytes
    start: int
    stop: int
    children: list[Part] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether it holds parts of its own."""
        return self.type.startswith("multipart/")

    def content(self, notes: Notes) -> bytes:
        """The body with its transfer encoding undone."""
        encoding = self.headers.token("content-transfer-encoding").strip("\"' ;")
        decoded, note = decode_transfer(self.raw[self.start : self.stop], encoding)
        notes.add(note)
        return decoded

    def charset(self) -> str:
        """The declared charset label, or ""."""
        return values.plain(self.parameters, "charset").decode("ascii", "replace")

    def method(self) -> str:
        """The declared method of a calendar part, lower case, or ""."""
        return values.plain(self.parameters, "method").decode("ascii", "replace").lower()

    def filename(self, notes: Notes) -> str:
        """The decoded file name of the disposition, else of the type, or ""."""
        name = values.text(self.disposition_parameters, "filename", notes) if self.disposition_parameters else ""
        return name or (values.text(self.parameters, "name", notes) if self.parameters else "")

    def leaves(self) -> Iterator[Part]:
        """Every part below (or this one) that holds no others, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class Splitter:
    """Splits one mail; counts parts against the limits and notes what was wrong."""

    def __init__(self, raw: bytes, limits: Limits, notes: Notes) -> None:
        self._raw = raw
        self._limits = limits
        self._notes = notes
        self._parts = 0

    def tree(self, start: int, stop: int) -> Part:
        """The whole mail that stands at ``raw[start:stop]``."""
        return self._part(start, stop, "text/plain", 0)

    def _part(self, start: int, stop: int, default: str, depth: int) -> Part:
        self._parts += 1
        headers, body = split_head(self._raw, start, stop, self._limits, self._notes)
        kind, declared = self._type(headers, default)
        disposition, more = values.split_value(headers.raw("content-disposition"))
        part = Part(headers, kind, declared, disposition, more, self._raw, body, stop)
        if part.is_multipart:
            self._open(part, depth)
        return part

    def _type(self, headers: Headers, default: str) -> tuple[str, values.Parameters]:
        raw = headers.raw("content-type")
        if not raw:
            return default, {}
        kind, declared = values.split_value(raw)
        if _TYPE.match(kind):
            return kind, declared
        self._notes.add("mime: content type that is none")
        return ("text/html" if kind == "html" else default), declared

    def _open(self, part: Part, depth: int) -> None:
        if depth >= self._limits.depth:
            self._notes.person(f"parts nested deeper than {self._limits.depth}")
            part.type = "application/octet-stream"
            return
        boundary = self._boundary(part)
        stretches = list(islice(self._stretches(part, boundary), self._limits.parts + 1)) if boundary else []
        if not stretches:
            self._notes.add("mime: multipart without its boundary")
            part.type = "text/plain"
            return
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        for start, stop in stretches:
            if self._parts >= self._limits.parts:
                self._notes.person(f"more than {self._limits.parts} parts")
                break
            part.children.append(self._part(start, stop, default, depth + 1))

    def _boundary(self, part: Part) -> bytes:
        """The declared boundary, or where that never occurs the one that the body shows."""
        declared = values.plain(part.parameters, "boundary") or part.parameters.get("boundary", b"")
        if declared and self._raw.find(b"--" + declared, part.start, part.stop) >= 0:
            return declared
        shown = _GUESS.search(self._raw, part.start, part.stop)
        if shown is None:
            return b""
        self._notes.add("mime: boundary taken from the body")
        return shown.group(1)

    def _stretches(self, part: Part, boundary: bytes) -> Iterator[tuple[int, int]]:
        """Where each child stands; a missing end delimiter ends the last child at the end."""
        opened: int | None = None
        for start, rest in self._delimiters(part, b"--" + boundary):
            if opened is not None:
                yield opened, self._before_newline(opened, start)
            if rest.group(1):
                return
            opened = rest.end()
        if opened is not None:
            self._notes.add("mime: the closing boundary is missing")
            yield opened, part.stop

    def _delimiters(self, part: Part, delimiter: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
        """Each line that is the delimiter: where it begins, and what follows the boundary on it."""
        start = self._raw.find(delimiter, part.start, part.stop)
        while start >= 0:
            after = start + len(delimiter)
            rest = _REST.match(self._raw, after, part.stop)
            if rest and (start == part.start or self._raw[start - 1] in b"\r\n"):
                yield start, rest
            start = self._raw.find(delimiter, after, part.stop)

    def _before_newline(self, opened: int, position: int) -> int:
        """``position`` without the line end that belongs to the delimiter."""
        if self._raw[position - 2 : position] == b"\r\n":
            return max(opened, position - 2)
        return max(opened, position - 1)
