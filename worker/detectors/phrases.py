"""What is said: the rules of the pack, sentence by sentence, with what lowers them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from worker.detectors.matching import Hit
from worker.detectors.reading import Part, Reading, ReadMail
from worker.domain.judgement import Category, Field, Finding
from worker.domain.rules import Strength, Way

UNVERIFIED_FACTOR = 0.5
GROUNDED_FACTOR = 0.4
GROUNDED = "grounded"
MACHINE_FACTOR = 0.5
MACHINE = "machine_header"
"""Headers say that a machine sent it, the words that somebody speaks: only what is grave counts."""
TRADE_FACTOR = 0.3
TRADE = "trade_thread"
QUOTED_FACTOR = 0.35
QUOTED = "in_quotes"
_QUOTED = re.compile('「[^「」\n]*」|『[^『』\n]*』|"[^"\n]*"')
EXCUSED = frozenset(
    (
        *(Category.UNJUSTIFIED_APOLOGY, Category.UNREASONABLE_DISCOUNT, Category.MONEY_OR_FAVOUR),
        *(Category.FREE_OR_RUSH_WORK, Category.SUMMONS, Category.STAFF_CHANGE, Category.HARSH_REPRIMAND),
        *(Category.INSULT_COMPANY, Category.NON_CONSTRUCTIVE, Category.THREAT_TO_COMPANY),
    )
)
"""Demands and reproaches that a real failure makes more reasonable; no failure excuses what is decisive."""
_KILLING = re.compile(r"殺|死|首|落と|潰|息の根|葬|消し|仕留|kill|shoot|attack|dead|die|execut|terminat")
_CLAUSE_ENDS = "、,;。!?\n"
_SENTENCE_AS_EVIDENCE = 120


class Phrases:
    """The rules of the pack asked of every mail that a person wrote."""

    id = "phrases"
    categories: tuple[Category, ...] = ()  # those of the rules, which coverage lists one by one

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding a rule and sentence; dampers, circumstances and unverified quotes lower its strength."""
        for mail in reading.mails:
            if mail.judged:
                for part in mail.parts:
                    yield from self._part(reading, mail, part)

    def _part(self, reading: Reading, mail: ReadMail, part: Part) -> Iterator[Finding]:
        for hit in part.matches.hits:
            if hit.rule.direction in (Way.ANY, mail.way):
                yield phrase_finding(self.id, mail, part, hit, _circumstances(reading, mail, part, hit))


def _circumstances(reading: Reading, mail: ReadMail, part: Part, hit: Hit) -> dict[str, float]:
    """What the thread around a hit lowers: an admitted failure, a machine, processes to kill."""
    lowered = {}
    if mail.incoming and _excusable(hit) and reading.admitted_before(mail):
        lowered[GROUNDED] = GROUNDED_FACTOR
    if mail.message.parsed.automatic:
        lowered[MACHINE] = MACHINE_FACTOR
    if reading.about_processes and _kills_nobody(part, hit):
        lowered[TRADE] = TRADE_FACTOR
    return lowered


def _excusable(hit: Hit) -> bool:
    return hit.rule.category in EXCUSED and hit.rule.strength is not Strength.DECISIVE


def _kills_nobody(part: Part, hit: Hit) -> bool:
    """Whether a word of killing stands in a sentence that names no person."""
    kills = _KILLING.search(part.folded.text, hit.start, hit.end) is not None
    return kills and hit.sentence not in part.matches.sentences_with("person")


def phrase_finding(detector: str, mail: ReadMail, part: Part, hit: Hit, more: dict[str, float]) -> Finding:
    """The finding of a hit, lowered by the dampers of its sentence, by ``more`` and in an unverified quote."""
    lowered = {cue.id: cue.factor for cue in part.matches.dampers_at(hit.sentence, hit.rule.category)} | more
    lowered |= dict.fromkeys(part.damped, UNVERIFIED_FACTOR)
    if in_quotes(part.folded.text, hit):
        lowered[QUOTED] = QUOTED_FACTOR
    strength = 1.0
    for factor in lowered.values():
        strength *= factor
    text, start, end = part.clip(*evidence_span(part, hit))
    return Finding(
        detector=detector,
        rule=hit.rule.id,
        category=hit.rule.category,
        message=mail.message.key,
        strength=round(strength, 4),
        reason=hit.rule.why,
        text=text,
        field=part.field,
        start=start,
        end=end,
        damped=tuple(lowered),
    )


def in_quotes(text: str, hit: Hit) -> bool:
    """Whether the hit stands between quotation marks: hardly anybody puts a threat of his own there."""
    start = text.rfind("\n", 0, hit.start) + 1
    end = text.find("\n", hit.end)
    line = text[start : end if end >= 0 else len(text)]
    return any(start + quote.start() < hit.start and hit.end < start + quote.end() for quote in _QUOTED.finditer(line))


def evidence_span(part: Part, hit: Hit) -> tuple[int, int]:
    """The folded stretch to show for a hit: its whole sentence, in a long one the clauses that the hit touches."""
    start, end = part.folded.sentences[hit.sentence]
    end = max(end, hit.end)
    if end - start <= _SENTENCE_AS_EVIDENCE or part.field is Field.SUBJECT:
        return start, end
    text = part.folded.text
    first = max(text.rfind(sign, start, hit.start) for sign in _CLAUSE_ENDS) + 1
    ends = [at + 1 for sign in _CLAUSE_ENDS if (at := text.find(sign, hit.end, end)) >= 0]
    return max(first, start), min(ends, default=end)
