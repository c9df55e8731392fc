"""What must stand in a text for a pattern to match there at all: short pieces, so that most patterns need no look.

The idea is that of trigram indexes over code (Russ Cox, "Regular Expression Matching with a Trigram Index").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from math import prod

TOKEN = re.compile(
    r"(?P<escape>\\(?:[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|Q.*?\\E|.))"
    r"|(?P<group>\(\?(?:P?<[^>]*>|[a-zA-Z-]*[:)]))"
    r"|(?P<repeat>\{[0-9]+(?:,[0-9]*)?\}\??)"
    r"|(?P<set>\[\^?\]?(?:\\.|\[:[^:\]]*:\]|[^\]\\])*\])"
    r"|(?P<sign>[.^$|()*+?])"
    r"|(?P<literal>.)",
    re.DOTALL,
)
CLASS_TOKEN = re.compile(r"\\(?:[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|.)|\[:[^:\]]*:\]|.", re.DOTALL)
Strings = frozenset[str]
LONGEST = 3
"""Length of the longest piece that is looked up."""
MOST_NEEDED = 4
"""How many sets of pieces are kept of one pattern; all must be met."""
_MOST_STRINGS = 48
_WIDEST_CLASS = 24
_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")


@dataclass(frozen=True, slots=True)
class _Node:
    """What is known of a part of a pattern.

    ``exact`` are all strings that it can match, None where they are too many. Of each set of ``needed`` one string
    stands in every match.
    """

    exact: Strings | None
    needed: tuple[Strings, ...] = ()

    def all_needed(self) -> tuple[Strings, ...]:
        """What is needed, its own strings counted in."""
        return (*self.needed, self.exact) if self.exact and "" not in self.exact else self.needed


_EMPTY = _Node(frozenset([""]))
_UNKNOWN = _Node(None)


@lru_cache(maxsize=8192)
def needed_pieces(pattern: str) -> tuple[Strings, ...]:
    """Sets of pieces of at most LONGEST signs: of each set one stands in every match of the folded ``pattern``.

    The rarest set comes first; () where nothing is known.
    """
    sets = {frozenset(map(_piece, strings)) for strings in _Parser(pattern).alternation().all_needed()}
    return tuple(sorted(sets, key=lambda strings: (_frequency(strings), sorted(strings)))[:MOST_NEEDED])


def pieces_of(text: str) -> set[str]:
    """All pieces of at most LONGEST signs that stand in ``text``."""
    pieces = set(text)
    pairs = list(map(str.__add__, text, text[1:]))
    pieces.update(pairs)
    pieces.update(map(str.__add__, pairs, text[2:]))
    return pieces


@cache
def _piece(string: str) -> str:
    """The rarest piece of ``string``."""
    if len(string) <= LONGEST:
        return string
    return min((string[at : at + LONGEST] for at in range(len(string) - LONGEST + 1)), key=_likelihood)


@cache
def _likelihood(piece: str) -> float:
    """Roughly how often a piece stands in Japanese text: kana and Latin signs are common, others rare."""
    return prod(0.05 if sign < "\u30a0" else 0.004 for sign in piece)


def _frequency(strings: Strings) -> float:
    return sum(_likelihood(_piece(string)) for string in strings)


class _Parser:
    """A recursive descent over the parts of one pattern; only what bears on its strings is understood."""

    def __init__(self, pattern: str) -> None:
        self._parts = [(match.lastgroup or "", match.group()) for match in TOKEN.finditer(pattern)]
        self._at = 0

    def alternation(self) -> _Node:
        branches = [self._concatenation()]
        while self._peek() == ("sign", "|"):
            self._at += 1
            branches.append(self._concatenation())
        return branches[0] if len(branches) == 1 else _either(branches)

    def _peek(self) -> tuple[str, str]:
        return self._parts[self._at] if self._at < len(self._parts) else ("end", "")

    def _concatenation(self) -> _Node:
        parts = []
        while self._peek() not in (("sign", "|"), ("sign", ")"), ("end", "")):
            parts.append(self._repeated(self._atom()))
        return _sequence(parts)

    def _atom(self) -> _Node:
        kind, part = self._peek()
        self._at += 1
        if kind == "group" and part.endswith(")"):
            return _EMPTY
        if kind == "group" or (kind, part) == ("sign", "("):
            inner = self.alternation()
            self._at += 1
            return inner
        return _simple(kind, part)

    def _repeated(self, node: _Node) -> _Node:
        kind, part = self._peek()
        while kind == "repeat" or (kind == "sign" and part in "*+?"):
            self._at += 1
            node = _times(node, part)
            kind, part = self._peek()
        return node


def _simple(kind: str, part: str) -> _Node:
    if kind == "literal":
        return _exactly([part])
    if kind == "set":
        return _class(part)
    if kind == "escape":
        return _escaped(part)
    return _EMPTY if part in "^$" else _UNKNOWN


def _escaped(part: str) -> _Node:
    sign = part[1]
    if sign in "bBAz":
        return _EMPTY
    if sign == "d":
        return _exactly("0123456789")
    return _UNKNOWN if sign.isalnum() else _exactly([sign])


def _class(part: str) -> _Node:
    """The signs of a small class; a negated, named or wide one is unknown."""
    signs = CLASS_TOKEN.findall(part[1:-1])
    if signs and signs[0] == "^":
        return _UNKNOWN
    found: list[str] = []
    at = 0
    while at < len(signs):
        sign = signs[at][-1] if len(signs[at]) == 2 and not signs[at][1].isalnum() else signs[at]
        if len(sign) > 1:
            return _UNKNOWN
        if signs[at + 1 : at + 2] == ["-"] and at + 2 < len(signs):
            found.extend(map(chr, range(ord(sign), ord(signs[at + 2][-1]) + 1)))
            at += 2
        else:
            found.append(sign)
        at += 1
    return _exactly(found) if len(found) <= _WIDEST_CLASS else _UNKNOWN


def _exactly(strings: Iterable[str]) -> _Node:
    return _Node(frozenset(strings))


def _times(node: _Node, part: str) -> _Node:
    least, most = _bounds(part)
    if (least, most) == (0, 1):
        return _Node(node.exact | {""}) if node.exact is not None else _UNKNOWN
    if least == 0:
        return _UNKNOWN
    return node if (least, most) == (1, 1) else _Node(None, node.all_needed())


def _bounds(part: str) -> tuple[int, int | None]:
    if part[0] != "{":
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[part[0]]
    count = _COUNT.match(part)
    assert count is not None, "the part is a count"
    least = int(count[1])
    return least, least if not count[2] else int(count[3]) if count[3] else None


def _either(branches: Sequence[_Node]) -> _Node:
    """Every branch may be the one: of each the rarest set is needed, all of them together."""
    exact: Strings | None = None
    if all(branch.exact is not None for branch in branches):
        strings = frozenset(string for branch in branches for string in branch.exact or ())
        exact = strings if len(strings) <= _MOST_STRINGS else None
    needed = [min(branch.all_needed(), key=_frequency, default=frozenset[str]()) for branch in branches]
    if not all(needed):
        return _Node(exact)
    return _Node(exact, (frozenset(string for strings in needed for string in strings),))


def _sequence(parts: Sequence[_Node]) -> _Node:
    """Neighbours whose strings are few are joined; whatever some part needs, the whole needs."""
    runs: list[Strings | None] = [frozenset([""])]
    for part in parts:
        joined = _joined(runs[-1], part.exact)
        if joined is None:
            runs.append(part.exact)
        else:
            runs[-1] = joined
    if len(runs) == 1:
        return _Node(runs[0], tuple(strings for part in parts for strings in part.needed))
    own = [strings for run in runs for strings in _Node(run).all_needed()]
    return _Node(None, (*own, *(strings for part in parts for strings in part.needed)))


def _joined(run: Strings | None, following: Strings | None) -> Strings | None:
    """All strings of both in a row, None where they are unknown or too many."""
    if run is None or following is None or len(run) * len(following) > _MOST_STRINGS:
        return None
    return frozenset(map("".join, product(run, following)))
