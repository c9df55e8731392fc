"""Address headers: names and addresses out of whatever stands in From, To, Cc and Reply-To."""

from __future__ import annotations

import re

from worker.domain.mail import Address
from worker.parsing.charset import clean, decode
from worker.parsing.headers import unfold
from worker.parsing.limits import Notes
from worker.parsing.words import decode_words, header_text

_SIMPLE = re.compile(rb"\s*(?:\"?([A-Za-z0-9 ._'/-]*?)\"?\s*<\s*)?([A-Za-z0-9._%+/=-]+@[A-Za-z0-9.-]+)\s*>?\s*$")
_ATOM = re.compile(r'"(?:\\.|[^"\\])*"|<[^>]*>?|\((?:\\.|[^()\\])*\)|[,;:]|[^"<>(),;:]+|.', re.DOTALL)
_BARE = re.compile(r"(?:mailto:)?([^\s<>\"'()\[\],;:@]+@[^\s<>\"'()\[\],;:@]+)$", re.IGNORECASE)
_MOST = 1_000
_SIMPLE_LENGTH = 300


def addresses(value: bytes, notes: Notes) -> tuple[Address, ...]:
    """The addresses of a raw header value in order, groups opened, at most 1,000; never raises."""
    simple = _SIMPLE.match(value) if len(value) < _SIMPLE_LENGTH else None
    if simple and not (simple.group(1) is None and value.rstrip().endswith(b">") != value.lstrip().startswith(b"<")):
        return (Address((simple.group(1) or b"").decode("ascii").strip(), simple.group(2).decode("ascii")),)
    readable = _byte_text(value, notes)
    found = [_address(tokens, notes) for tokens in _entries(readable)]
    return tuple(address for address in found if address.name or address.address)[:_MOST]


def _byte_text(value: bytes, notes: Notes) -> str:
    """The value as text with encoded words still encoded, so that a comma inside one is no separator."""
    if value.isascii() and b"\x1b" not in value:
        return unfold(value).decode("ascii")
    found = decode(unfold(value))
    notes.add(found.note and f"header: raw 8-bit, {found.note.rpartition(', ')[2]}")
    return found.text


def _entries(line: str) -> list[list[str]]:
    """Tokens of each entry: quoted strings, <addresses>, (comments) and plain runs; group names are dropped."""
    entries: list[list[str]] = []
    current: list[str] = []
    for piece in _ATOM.findall(line):
        if piece in ",;":
            entries.append(current)
            current = []
        elif piece == ":":
            current = _after_colon(current)
        elif piece.strip():
            current.append(piece)
    entries.append(current)
    return [entry for entry in entries if entry]


def _after_colon(before: list[str]) -> list[str]:
    """``name:`` opens a group and its name goes; ``mailto:`` too; a colon behind an address is part of the name."""
    return before if any("@" in token for token in before) else []


def _address(tokens: list[str], notes: Notes) -> Address:
    angles = [token for token in tokens if token.startswith("<")]
    if angles:
        address = _inside(angles[-1], notes)
        words = [token for token in tokens if not token.startswith(("<", "("))]
        return Address(_name(words, tokens, notes), address)
    return _without_angles(tokens, notes)


def _inside(angle: str, notes: Notes) -> str:
    address = angle.strip("<> \t")
    if "=?" in address:
        address = _word_text(address, notes)
    if address.startswith("@") and ":" in address:
        address = address.rpartition(":")[2]
    return clean(re.sub(r"\s+", "", address.removeprefix("mailto:")))


def _name(words: list[str], tokens: list[str], notes: Notes) -> str:
    if not words:
        words = [token[1:-1] for token in tokens if token.startswith("(")]
    return _word_text(" ".join(_unquoted(word) for word in words), notes)


def _unquoted(word: str) -> str:
    word = word.strip()
    if len(word) > 1 and word[0] == '"' == word[-1]:
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    return word.strip('"')


def _word_text(text: str, notes: Notes) -> str:
    if "=?" not in text:
        return clean(re.sub(r"\s+", " ", text)).strip()
    if text.isascii():
        return header_text(text.encode("ascii"), notes)
    return clean(re.sub(r"\s+", " ", decode_words(text.encode("utf-8"), notes))).strip()


def _without_angles(tokens: list[str], notes: Notes) -> Address:
    """``a@b (Name)``, ``"Name" a@b``, a bare address, or only a name."""
    words = [token for token in tokens if not token.startswith("(")]
    parts = " ".join(_unquoted(word) for word in words).split()
    for place in range(len(parts) - 1, -1, -1):
        bare = _BARE.match(_word_text(parts[place], notes))
        if bare:
            rest = parts[:place] + parts[place + 1 :]
            return Address(_name(rest, tokens, notes), clean(bare.group(1)))
    text = _word_text(" ".join(parts), notes)
    return Address("", text) if text.isascii() and " " not in text else Address(text, "")
