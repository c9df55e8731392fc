"""Header text: RFC 2047 encoded words as they really come – split, joined, mislabelled, raw – into readable text."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from worker.parsing.charset import codec_of, decode
from worker.parsing.limits import Notes
from worker.parsing.transfer import decode_base64

_WORD = re.compile(rb"=\?([^?\s]+)\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_OPEN_WORD = re.compile(rb"=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\??$")
_SPACE = re.compile(r"[ \t\r\n]+")
_FOLD = re.compile(rb"\n[ \t]*")


class _Word(NamedTuple):
    charset: str
    encoding: str
    text: bytes


def header_text(value: bytes, notes: Notes) -> str:
    """A raw unstructured value (folds kept as newlines) as one line of text; never raises."""
    if b"=?" not in value and value.isascii() and b"\x1b" not in value:
        return _tidy(value.decode("ascii"))
    return _tidy(decode_words(value, notes))


def _tidy(text: str) -> str:
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACE.sub(" ", text.replace("\0", "")).strip()


def decode_words(value: bytes, notes: Notes) -> str:
    """Decode the encoded words of ``value`` and, between them, raw 8-bit text; other white space stays."""
    pieces: list[str] = []
    waiting: list[_Word] = []
    position = 0
    # nothing behind the last "?=" can be a whole word; without this bound a hostile header costs its length squared
    for match in _WORD.finditer(value, 0, value.rfind(b"?=") + 2):
        between = value[position : match.start()]
        if between.strip() or not waiting:
            pieces.append(_words(waiting, notes))
            waiting = []
            pieces.append(_raw(between, notes))
        waiting.append(_word(match))
        position = match.end()
    pieces.append(_words(waiting, notes))
    pieces.append(_tail(value[position:], notes))
    return "".join(pieces)


def _word(match: re.Match[bytes]) -> _Word:
    charset = match.group(1).partition(b"*")[0].decode("ascii", "replace")
    return _Word(charset, match.group(2).decode("ascii").lower(), match.group(3))


def _tail(rest: bytes, notes: Notes) -> str:
    """What follows the last whole word: perhaps one whose end was cut off."""
    cut = _OPEN_WORD.search(rest)
    if cut is None:
        return _raw(rest, notes)
    notes.add("header: encoded word cut off")
    return _raw(rest[: cut.start()], notes) + _words([_word(cut)], notes)


def _raw(value: bytes, notes: Notes) -> str:
    """Text that is not encoded: ASCII, or raw bytes of some charset, perhaps folded inside a character."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    found = decode(value.replace(b"\n", b""))
    if (b"\n" in value and "\ufffd" in found.text) or "latin" in found.note or "cp1252" in found.note:
        joined = decode(_FOLD.sub(b"", value))
        found = joined if "utf-8" in joined.note else found
    notes.add(found.note and f"header: raw 8-bit, {found.note.rpartition(', ')[2]}")
    return found.text


def _words(words: list[_Word], notes: Notes) -> str:
    """Adjacent encoded words; those of one charset are joined first where a character was split between them."""
    pieces: list[str] = []
    start = 0
    for stop in range(1, len(words) + 1):
        if stop == len(words) or words[stop].charset.lower() != words[start].charset.lower():
            pieces.append(_same_charset(words[start:stop], notes))
            start = stop
    return "".join(pieces)


def _same_charset(words: list[_Word], notes: Notes) -> str:
    label = words[0].charset
    payloads = [_payload(word) for word in words]
    if len(payloads) > 1:
        alone = [_strictly(payload, label) for payload in payloads]
        if all(text is not None for text in alone):
            return "".join(text or "" for text in alone)
    whole = b"".join(payloads)
    if len(words) > 1 and _strictly(whole, label) is None and all(word.encoding == "b" for word in words):
        joined = decode_base64(b"".join(word.text.rstrip(b"=") for word in words))[0]
        whole = joined if _strictly(joined, label) is not None else whole
    found = decode(whole, label)
    notes.add(found.note and f"header: {found.note}")
    return found.text


def _strictly(payload: bytes, label: str) -> str | None:
    """The text where every byte is as declared, else None."""
    codec = codec_of(label)
    if not codec:
        return None
    found = decode(payload, label)
    return None if found.note else found.text


def _payload(word: _Word) -> bytes:
    if word.encoding == "b":
        return decode_base64(word.text)[0]
    text = word.text.replace(b"\n", b"").replace(b"_", b" ")
    return binascii.a2b_qp(text) if b"=" in text else text
