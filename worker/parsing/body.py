"""Which part of a mail is its readable text, and which parts are attachments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from worker.domain.mail import Attachment
from worker.parsing import parameters, tnef, wrapped
from worker.parsing.charset import clean, decode
from worker.parsing.flowed import unflow
from worker.parsing.headers import split_head
from worker.parsing.html import html_to_text, says_more
from worker.parsing.limits import Limits, Notes
from worker.parsing.mime import Part
from worker.parsing.transfer import split_uuencode
from worker.parsing.words import header_text

_TEXT = ("text/plain", "text/html")
_NESTED = ("message/rfc822", "message/global")
_OTHER_SCREENS = frozenset({"text/x-amp-html", "text/watch-html"})


def _is_readable(part: Part) -> bool:
    return part.type in _TEXT and (part.disposition != "attachment" or not part.disposition_parameters)


@dataclass(slots=True)
class Body:
    """The readable text (newlines ``\\n``), the HTML it came with, and what is attached."""

    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)


class BodyReader:
    """Reads the body of one mail out of its tree of parts."""

    def __init__(self, limits: Limits, notes: Notes) -> None:
        self._limits = limits
        self._notes = notes
        self._body = Body()
        self._named: Part | None = None
        self._skim = False

    def read(self, root: Part) -> Body:
        """The text and the attachments below ``root``."""
        self._named = self._first_named(root)
        pieces = self._texts(root)
        self._body.text = self._bounded("\n".join(piece for piece in pieces if piece))
        return self._body

    def _first_named(self, root: Part) -> Part | None:
        """The first text with a file name, where no text without one exists: some senders name their body."""
        readable = [leaf for leaf in root.leaves() if _is_readable(leaf)]
        if all(leaf.filename(self._notes) for leaf in readable):
            return readable[0] if readable else None
        return None

    def _bounded(self, text: str) -> str:
        if len(text) > self._limits.text:
            self._notes.person(f"text longer than {self._limits.text} characters")
        return text[: self._limits.text]

    def _texts(self, part: Part) -> list[str]:
        """Readable texts in order; everything else is attached on the way."""
        if part.type == "multipart/alternative":
            return self._alternative(part)
        if part.children:
            wrapped.note(part.type, b"", self._notes)
            return [text for child in part.children for text in self._texts(child)]
        if self._is_text(part):
            return [self._text(part)]
        return self._other(part)

    def _is_text(self, part: Part) -> bool:
        return _is_readable(part) and (part is self._named or not part.filename(self._notes))

    def _alternative(self, part: Part) -> list[str]:
        """The plain text where it says anything, else the HTML; what is no text in any of them is attached."""
        plain = [child for child in part.children if _leads_with_plain(child)]
        chosen: list[str] = []
        before = self._skim
        for child in (*plain, *(child for child in part.children if child not in plain)):
            texts = self._texts(child)
            if not self._skim and _says_something(texts):
                chosen, self._skim = texts, True
        self._skim = before
        if plain and not before and not _refers_to_html(chosen):
            self._compare("\n".join(chosen))
        elif plain and not before:
            chosen = [html_to_text(self._body.html, self._limits, self._notes).text] if self._body.html else chosen
        return chosen

    def _compare(self, plain: str) -> None:
        """Note where the HTML says what the plain text does not: only one of them is read by rules."""
        if self._body.html and says_more(self._body.html, plain, self._limits):
            self._notes.add("html: says more than the plain text")

    def _text(self, part: Part) -> str:
        content = part.content(self._notes)
        if part.type == "text/html":
            return self._html(self._cut(content, self._limits.html), part.charset())
        content = self._cut(content, self._limits.text)
        if b"\nend" in content and b"begin " in content:
            content = self._without_uuencoded(content)
        found = decode(content, part.charset())
        self._notes.add(found.note)
        text = found.text.replace("\r\n", "\n").replace("\r", "\n")
        if parameters.plain(part.parameters, "format").lower() == b"flowed":
            text = unflow(text, delsp=parameters.plain(part.parameters, "delsp").lower() == b"yes")
        return wrapped.without_armour(text, self._notes)

    def _cut(self, content: bytes, characters: int) -> bytes:
        """At most the bytes that so many characters can take, before the costly work of decoding."""
        if len(content) > characters * _BYTES_A_CHARACTER:
            self._notes.person(f"text longer than {characters} characters")
        return content[: characters * _BYTES_A_CHARACTER]

    def _html(self, content: bytes, label: str) -> str:
        found = decode(content, label or _meta_charset(content))
        self._notes.add(found.note)
        self._body.html = self._body.html or found.text[: self._limits.html]
        if self._skim:
            return ""
        return html_to_text(found.text, self._limits, self._notes).text

    def _without_uuencoded(self, content: bytes) -> bytes:
        files, rest = split_uuencode(content)
        for file in files:
            self._attach(decode(file.filename).text, "application/octet-stream", file.content)
        return rest

    def _other(self, part: Part) -> list[str]:
        """Attach a part that is not text, with what it wraps; texts found inside a wrapper are readable."""
        if part.type in _OTHER_SCREENS:
            return []
        name = part.filename(self._notes)
        content = part.content(self._notes)
        if part.type in _NESTED:
            name = name or self._subject_of(content)
        self._attach(name, part.type, content)
        if part.type in tnef.TYPES or name.lower() == "winmail.dat":
            return self._tnef(content)
        wrapped.note(part.type, part.parameters.get("smime-type", b""), self._notes)
        return []

    def _tnef(self, content: bytes) -> list[str]:
        self._notes.add("tnef: attachments wrapped in winmail.dat")
        inside = tnef.read(content)
        for file in inside.files:
            self._attach(file.filename, file.type, file.content)
        return [inside.text] if inside.text else []

    def _subject_of(self, content: bytes) -> str:
        headers, _ = split_head(content, 0, len(content), self._limits, Notes())
        subject = header_text(headers.raw("subject"), Notes())
        return f"{clean(subject)}.eml" if subject else ""

    def _attach(self, name: str, kind: str, content: bytes) -> None:
        if len(self._body.attachments) >= self._limits.attachments:
            self._notes.person(f"more than {self._limits.attachments} attachments")
            return
        digest = hashlib.sha256(content).hexdigest()
        self._body.attachments.append(Attachment(clean(name), kind, len(content), digest))


def _leads_with_plain(part: Part) -> bool:
    """Whether the first readable text below ``part`` is plain."""
    return next((leaf.type == "text/plain" for leaf in part.leaves() if _is_readable(leaf)), False)


def _says_something(texts: list[str]) -> bool:
    return any(text.strip() for text in texts)


def _refers_to_html(texts: list[str]) -> bool:
    """A plain part that only says that the mail is in HTML."""
    text = "".join(texts).strip()
    return len(text) < _STUB_LENGTH and _STUB.search(text) is not None


_BYTES_A_CHARACTER = 8
_STUB_LENGTH = 250
_STUB = re.compile(
    r"html\s*(?:形式|メール|に対応|対応|を表示|で(?:ご覧|表示))|(?:view|see|read|display|support|enable)\w*\b.{0,60}\bhtml\b|\bhtml\b.{0,60}"
    r"\b(?:view|client|support|capable|compatible|reader|enabled)",
    re.IGNORECASE | re.DOTALL,
)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)


def _meta_charset(content: bytes) -> str:
    """The charset that the HTML itself names in its first 4,000 bytes, or ""."""
    found = _META.search(content, 0, 4_000)
    return found.group(1).decode("ascii") if found else ""


def attached_mails(root: Part, notes: Notes) -> Iterator[bytes]:
    """The bytes of each mail attached below ``root``: how somebody hands in mail from elsewhere."""
    for leaf in root.leaves():
        if leaf.type in _NESTED:
            yield leaf.content(notes)
