"""RE2 patterns folded as the text is, and looked for in one pass over all of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import re2

from worker.detectors.fold import TABLE
from worker.detectors.literals import CLASS_TOKEN, TOKEN, needed_pieces, pieces_of

_META = re.compile(r"[\\.^$|()*+?\[\]{}]")
_CLASS_META = re.compile(r"[\\^\]\[-]")
_COLLAPSED = "!?ーw笑草"


class PatternError(ValueError):
    """A pattern that cannot be folded or compiled; the message says which part and why."""


@lru_cache(maxsize=4096)
def fold_pattern(pattern: str) -> str:
    """``pattern`` with its literal signs folded, escapes, groups and counts untouched; PatternError where it cannot."""
    parts: list[str] = []
    for match in TOKEN.finditer(pattern):
        kind, token = match.lastgroup, match.group()
        if kind == "literal":
            token = _literal(token, pattern[match.end() : match.end() + 1])
        elif kind == "set":
            token = _folded_set(token)
        if kind == "literal" and parts and token == parts[-1] and token in _COLLAPSED:
            continue
        parts.append(token)
    return unicodedata.normalize("NFC", "".join(parts))


def _literal(char: str, following: str) -> str:
    """One literal sign folded and escaped where folding made it special; grouped where a count follows several."""
    folded = TABLE[ord(char)]
    if folded == char:
        return char
    escaped = _META.sub(r"\\\g<0>", folded)
    return f"(?:{escaped})" if len(folded) > 1 and following and following in "*+?{" else escaped


def _folded_set(token: str) -> str:
    """A character class with each sign folded; a sign that folds to nothing is left out, to several is refused."""
    head = 2 if token.startswith("[^") else 1
    parts = []
    for match in CLASS_TOKEN.finditer(token[head:-1]):
        char = match.group()
        parts.append(char if len(char) > 1 or char == "-" else _class_sign(char, token))
    body = "".join(parts)
    if not body:
        raise PatternError(f"the class {token} is empty once folded")
    return token[:head] + body + "]"


def _class_sign(char: str, token: str) -> str:
    folded = TABLE[ord(char)]
    if len(folded) > 1:
        raise PatternError(f"{char!r} in the class {token} is folded to {folded!r}; write it as an alternative")
    return folded if folded == char else _CLASS_META.sub(r"\\\g<0>", folded)


def _options() -> re2.Options:
    options = re2.Options()
    options.never_nl = True
    options.log_errors = False
    options.max_mem = 16 << 20
    return options


OPTIONS = _options()


@lru_cache(maxsize=8192)
def compiled(pattern: str) -> re2._Regexp:
    """``pattern`` folded and compiled; ``^`` and ``$`` are sentence ends. PatternError says what RE2 has against it."""
    try:
        return re2.compile(f"(?m){fold_pattern(pattern)}", OPTIONS)
    except re2.error as error:
        said = error.args[0]
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise PatternError(f"RE2 refuses it: {words}") from error


REMEMBERED_LINES = 4096
"""Greetings, closings and signatures come again in most mails."""


class PatternSet:
    """Many patterns looked for at once: only those of which a needed piece stands in the text are tried."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """``patterns`` as written; PatternError names what is wrong with one of them."""
        self.regexes = tuple(compiled(pattern) for pattern in patterns)
        needed = [needed_pieces(fold_pattern(pattern)) for pattern in patterns]
        self._always = [number for number, sets in enumerate(needed) if not sets]
        self._also = [sets[1:] for sets in needed]
        self._in_line = lru_cache(maxsize=REMEMBERED_LINES)(self._look)
        self._by_piece: dict[str, list[int]] = {}
        for number, sets in enumerate(needed):
            for piece in sets[0] if sets else ():
                self._by_piece.setdefault(piece, []).append(number)

    def found(self, text: str) -> list[int]:
        """The numbers of the patterns that match somewhere in the folded ``text``, rising.

        No pattern matches across lines, so each line is looked at by itself, and one that comes again not at all.
        """
        lines = {line for line in text.split("\n") if line}
        return sorted({number for line in lines for number in self._in_line(line)})

    def _look(self, line: str) -> tuple[int, ...]:
        encoded = line.encode("utf-8", "surrogatepass")
        return tuple(number for number in self._possible(line) if self.regexes[number].search(encoded))

    def _possible(self, line: str) -> set[int]:
        """The patterns whose needed pieces all stand in ``line``."""
        pieces = pieces_of(line)
        possible = {number for piece in self._by_piece.keys() & pieces for number in self._by_piece[piece]}
        met = {n for n in possible if not any(map(pieces.isdisjoint, self._also[n]))}
        return met.union(self._always)

    def spans(self, number: int, text: str) -> Iterator[tuple[int, int]]:
        """Where that pattern matches in the folded ``text``; empty matches are left out."""
        for match in self.regexes[number].finditer(text):
            if match.end() > match.start():
                yield match.span()
