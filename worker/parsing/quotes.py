"""Own words apart from quotes, signatures and disclaimers.

Own words lost is the worse error: in doubt words stay own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from worker.domain.mail import Block, ParsedMail, Region
from worker.parsing.markers import closes, header_lines, odd_prefix, opening, prefix_depth, suspects
from worker.parsing.signatures import tail_regions

_Line = tuple[Region, int]
_OWN: _Line = (Region.OWN, 0)


def blocks_of(text: str) -> tuple[Block, ...]:
    """Divide ``text`` (newlines ``\\n``) into blocks, in order, that cover it exactly; quotes count as verified."""
    lines = text.split("\n")
    marked = _Marker(lines).run()
    _mark_tails(lines, marked)
    return _merge(lines, marked, len(text))


class _Marker:
    """Walks down the lines; ``base`` is how many unmarked quotes are open."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._suspects = suspects(lines)
        self._marked: list[_Line] = []
        self._base = 0

    def run(self) -> list[_Line]:
        marked, lines, suspects_ = self._marked, self._lines, self._suspects
        while len(marked) < len(lines):
            place = len(marked)
            line = lines[place]
            if self._base or place in suspects_ or not line or line.isspace():
                self._step(place, line)
            else:
                marked.append(_OWN)
        return marked

    def _step(self, place: int, line: str) -> None:
        depth = prefix_depth(line)
        if depth:
            self._mark(Region.QUOTE, self._base + depth)
        elif not line.strip():
            self._marked.append(self._marked[-1] if self._marked else self._plain())
        elif self._base and closes(line):
            self._mark(Region.QUOTE, self._base)
            self._base -= 1
        elif not self._open(place):
            self._marked.append(self._plain())

    def _plain(self) -> _Line:
        return (Region.QUOTE, self._base) if self._base else _OWN

    def _mark(self, region: Region, depth: int, count: int = 1) -> None:
        self._marked.extend([(region, depth)] * count)

    def _open(self, place: int) -> bool:
        """Begin a quote at ``place`` if one is announced there."""
        found = opening(self._lines, place)
        if found is None:
            return False
        after = self._next_words(place + found.lines)
        if after is not None and prefix_depth(self._lines[after]):
            self._mark(Region.QUOTE, self._base + 1, after - place)
        elif after is not None and odd_prefix(self._lines[after]):
            self._mark(Region.QUOTE, self._base + 1, after - place)
            self._odd(after)
        elif found.runs_on:
            self._base += 1
            self._mark(Region.QUOTE, self._base, found.lines)
        else:
            return False
        return True

    def _next_words(self, place: int) -> int | None:
        """The next line that is neither blank nor a quoted header."""
        place += header_lines(self._lines, place)
        return next((at for at in range(place, len(self._lines)) if self._lines[at].strip()), None)

    def _odd(self, place: int) -> None:
        prefix = odd_prefix(self._lines[place])
        while place < len(self._lines) and odd_prefix(self._lines[place]) == prefix:
            self._mark(Region.QUOTE, self._base + 1)
            place += 1


def _mark_tails(lines: Sequence[str], marked: list[_Line]) -> None:
    """Find signatures and disclaimers in each run of own lines."""
    start = 0
    for stop in range(1, len(marked) + 1):
        if stop < len(marked) and marked[stop][0] is marked[start][0]:
            continue
        if marked[start][0] is Region.OWN:
            marked[start:stop] = [(region, 0) for region in tail_regions(lines[start:stop])]
        start = stop


def _merge(lines: Sequence[str], marked: Sequence[_Line], length: int) -> tuple[Block, ...]:
    blocks: list[Block] = []
    start = end = 0
    before = marked[0]
    for line, mark in zip(lines, marked, strict=True):
        if mark is not before and mark != before:
            blocks.append(Block(before[0], start, end, before[1]))
            start, before = end, mark
        end += len(line) + 1
    last = Block(before[0], start, length, before[1])
    return tuple(block for block in (*blocks, last) if block.end > block.start)


_MARKS = re.compile(r"[>＞|｜\s\u3000]+")
_PREFIX = re.compile(r"^[>＞\s]+")
_SHORT = 4
_ANNOUNCEMENT = 16
_REMEMBERED = 50_000


def normalised(text: str) -> str:
    """``text`` for comparing quoted words: NFKC, case folded, without white space and quote marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


@lru_cache(maxsize=300)
def _known(text: str) -> str:
    """:func:`normalised`, remembered: the mails of a thread are compared with the same others one after the other."""
    return normalised(text)


def mark_unverified(parsed: ParsedMail, known_texts: Iterable[str]) -> ParsedMail:
    """Turn what is quoted but stands in no known mail into unverified quote; everything else stays.

    ``known_texts`` are the readable texts of the mails known to this exchange. Lines that announce a quote, and lines
    too short to prove anything, go with the line before them.
    """
    if not any(block.region in (Region.QUOTE, Region.UNVERIFIED_QUOTE) for block in parsed.blocks):
        return parsed
    known = "\n".join(_known(text) if len(text) < _REMEMBERED else normalised(text) for text in known_texts)
    blocks: list[Block] = []
    for block in parsed.blocks:
        if block.region in (Region.QUOTE, Region.UNVERIFIED_QUOTE):
            blocks.extend(_checked(parsed.text, block, known))
        else:
            blocks.append(block)
    return replace(parsed, blocks=tuple(blocks))


def _checked(text: str, block: Block, known: str) -> list[Block]:
    """The block cut into verified and unverified stretches."""
    lines = text[block.start : block.end].splitlines(keepends=True)
    regions = _verdicts(lines, known)
    found: list[Block] = []
    position = block.start
    for line, region in zip(lines, regions, strict=True):
        end = position + len(line)
        if found and found[-1].region is region:
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(Block(region, position, end, block.depth))
        position = end
    return found


def _verdicts(lines: Sequence[str], known: str) -> list[Region]:
    regions: list[Region] = []
    bare = [_PREFIX.sub("", line) for line in lines]
    place = 0
    while place < len(lines):
        count = _announcing(bare, place)
        if count:
            regions.extend([regions[-1] if regions else Region.QUOTE] * count)
            place += count
            continue
        regions.append(_verdict(normalised(lines[place]), known, regions[-1] if regions else Region.QUOTE))
        place += 1
    return regions


def _verdict(words: str, known: str, before: Region) -> Region:
    """A few characters that do occur prove nothing; even one that does not occur is somebody's addition."""
    if words and words not in known:
        return Region.UNVERIFIED_QUOTE
    return before if len(words) < _SHORT else Region.QUOTE


def _announcing(bare: Sequence[str], place: int) -> int:
    """How many lines from ``place`` on only announce a quote; ``bare`` are the lines without quote marks."""
    found = opening(bare[place : place + _ANNOUNCEMENT], 0) if bare[place].strip() else None
    return min(found.lines, len(bare) - place) if found else 0
