"""A mail's text cut up for reading: evidence underlined and numbered, severe sentences veiled, quotes apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.cases.view import ShownEvidence
from worker.domain.judgement import Category, Field
from worker.domain.mail import Block, ParsedMail, Region
from worker.domain.policy import Clause

#: Categories whose words wound the reader: their sentences are covered until somebody opens them.
SEVERE = frozenset(
    {
        Category.VIOLENCE,
        Category.THREAT,
        Category.THREAT_TO_COMPANY,
        Category.ABUSIVE_LANGUAGE,
        Category.INSULT_PERSON,
        Category.INSULT_COMPANY,
        Category.PERSONALITY_DENIAL,
        Category.DISCRIMINATION,
        Category.APPEARANCE,
        Category.PRIVACY,
        Category.SEXUAL,
        Category.CHILDCARE_OR_CARE,
    }
)

#: Those of them that are meant for the company rather than for somebody in it.
TO_COMPANY = frozenset({Category.THREAT_TO_COMPANY, Category.INSULT_COMPANY})

_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9d]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SENTENCE_END = re.compile(r"[。！？!?]+[」』）)]*|[.](?=\s)|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Mark:
    """One piece of evidence, the clause that it touches, and its reason in the reader's language where there is one."""

    shown: ShownEvidence
    clause: Clause | None = None
    reason: str = ""

    @property
    def said(self) -> str:
        """The fact that was stored with it, else its reason; where that was put into the reader's words, it alone."""
        stored = self.reason == self.shown.reason
        return self.shown.fact if stored and self.shown.fact else self.reason

    @property
    def number(self) -> int:
        """The number that it bears on the page."""
        return self.shown.number

    @property
    def severe(self) -> bool:
        """Whether its words are to be veiled."""
        return bool(self.shown.text) and self.shown.category in SEVERE


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text under the same marks; ``ends`` are the marks that stop where it stops."""

    text: str
    marks: tuple[Mark, ...] = ()
    ends: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Veil:
    """What the band over severe sentences says."""

    categories: tuple[Category, ...]
    sentences: int

    @property
    def targets(self) -> tuple[str, ...]:
        """Whom the words are meant for: ``person``, ``company``, or both."""
        person = not TO_COMPANY.issuperset(self.categories)
        company = not TO_COMPANY.isdisjoint(self.categories)
        return ("person",) * person + ("company",) * company


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring runs, all open or all under one veil."""

    runs: tuple[Run, ...]
    veil: Veil | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One region of a mail: own words, a quote, a signature or a disclaimer."""

    region: Region
    passages: tuple[Passage, ...]
    lines: int

    @property
    def folded(self) -> bool:
        """Whether it is shown closed at first."""
        return self.region is not Region.OWN

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that stand in it, by number."""
        found = {mark.number: mark for passage in self.passages for run in passage.runs for mark in run.marks}
        return tuple(found[number] for number in sorted(found))


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    categories: frozenset[Category]
    sentences: int


def parts_of(parsed: ParsedMail, marks: Sequence[Mark]) -> tuple[Part, ...]:
    """The mail's readable text as parts in order, blank ones left out."""
    blocks = parsed.blocks or (Block(Region.OWN, 0, len(parsed.text)),)
    here = [mark for mark in marks if _stands_in(mark, Field.TEXT)]
    parts = (_part(parsed.text, block, here) for block in _merged(blocks))
    return tuple(part for part in parts if part.passages)


def subject_of(parsed: ParsedMail, marks: Sequence[Mark]) -> tuple[Passage, ...]:
    """The mail's subject as passages."""
    here = [mark for mark in marks if _stands_in(mark, Field.SUBJECT)]
    return tuple(_passages(parsed.subject, 0, len(parsed.subject), here))


def _stands_in(mark: Mark, field: Field) -> bool:
    return bool(mark.shown.text) and mark.shown.field is field


def _merged(blocks: Iterable[Block]) -> Iterator[Block]:
    """Neighbours of one region as one block, whatever their depth."""
    open_block: Block | None = None
    for block in blocks:
        if open_block is not None and open_block.region is block.region:
            open_block = Block(block.region, open_block.start, block.end)
            continue
        if open_block is not None:
            yield open_block
        open_block = block
    if open_block is not None:
        yield open_block


def _part(text: str, block: Block, marks: Sequence[Mark]) -> Part:
    start, end = _trimmed(text, block.start, block.end)
    passages = tuple(_passages(text, start, end, marks))
    return Part(block.region, passages, text.count("\n", start, end) + 1)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _passages(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[Passage]:
    here = [mark for mark in marks if mark.shown.start < end and mark.shown.end > start]
    at = start
    for span in _veiled(text, start, end, here):
        yield from _open(text, at, span.start, here)
        ordered = tuple(category for category in Category if category in span.categories)
        yield Passage(_runs(text, span.start, span.end, here), Veil(ordered, span.sentences))
        at = span.end
    yield from _open(text, at, end, here)


def _open(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[Passage]:
    start, end = _trimmed(text, start, end)
    if start < end:
        yield Passage(_runs(text, start, end, marks))


def _veiled(text: str, start: int, end: int, marks: Sequence[Mark]) -> list[_Span]:
    """The stretches to veil: whole sentences that severe marks touch, neighbours joined."""
    spans: list[_Span] = []
    for first, last in sentences(text, start, end):
        touching = [m for m in marks if m.severe and m.shown.start < last and m.shown.end > first]
        if touching:
            span = _Span(first, last, frozenset(m.shown.category for m in touching), 1)
            spans[-1:] = _joined(spans[-1:], span, text)
    return spans


def _joined(before: list[_Span], span: _Span, text: str) -> list[_Span]:
    if before and not text[before[0].end : span.start].strip():
        first = before[0]
        return [_Span(first.start, span.end, first.categories | span.categories, first.sentences + 1)]
    return [*before, span]


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of ``text[start:end]`` as trimmed spans; a line's end inside a sentence does not end it."""
    at = start
    for stop in [*(match.end() for match in _SENTENCE_END.finditer(text, start, end)), end]:
        first, last = _trimmed(text, at, stop)
        if first < last:
            yield first, last
        at = stop


def _runs(text: str, start: int, end: int, marks: Sequence[Mark]) -> tuple[Run, ...]:
    borders = {start, end}
    for mark in marks:
        borders.update(at for at in (mark.shown.start, mark.shown.end) if start < at < end)
    cuts = sorted(borders)
    return tuple(_run(text, first, last, marks) for first, last in pairwise(cuts))


def _run(text: str, start: int, end: int, marks: Sequence[Mark]) -> Run:
    over = [m for m in marks if m.shown.start < end and m.shown.end > start]
    return Run(text[start:end], tuple(over), tuple(m for m in over if m.shown.end == end))


def language_of(text: str) -> str:
    """``ja``, ``zh`` or ``en``, by the letters used: so that each text gets the glyphs of its own language."""
    if _KANA.search(text):
        return "ja"
    return "zh" if _HAN.search(text) else "en"
