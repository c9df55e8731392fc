"""What is said: the rules of the pack, sentence by sentence, with what lowers them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worker.detectors.matching import Hit
from worker.detectors.reading import Part, Reading, ReadMail
from worker.domain.judgement import Category, Field, Finding
from worker.domain.rules import Way

UNVERIFIED_FACTOR = 0.5
_CLAUSE_ENDS = "、,;。!?\n"
_SENTENCE_AS_EVIDENCE = 120


class Phrases:
    """The rules of the pack asked of every mail that a person wrote."""

    id = "phrases"
    categories = tuple(category for category in Category if category is not Category.OTHER)

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding a rule and sentence; dampers and unverified quotes lower its strength."""
        for mail in reading.mails:
            if mail.judged:
                for part in mail.parts:
                    yield from self._part(mail, part)

    def _part(self, mail: ReadMail, part: Part) -> Iterator[Finding]:
        for hit in part.matches.hits:
            if hit.rule.direction in (Way.ANY, mail.way):
                yield self._finding(mail, part, hit)

    def _finding(self, mail: ReadMail, part: Part, hit: Hit) -> Finding:
        dampers = part.matches.dampers_at(hit.sentence, hit.rule.category)
        strength = UNVERIFIED_FACTOR if part.damped else 1.0
        for damper in dampers:
            strength *= damper.factor
        text, start, end = part.clip(*evidence_span(part, hit))
        return Finding(
            detector=self.id,
            rule=hit.rule.id,
            category=hit.rule.category,
            message=mail.message.key,
            strength=round(strength, 4),
            reason=hit.rule.why,
            text=text,
            field=part.field,
            start=start,
            end=end,
            damped=part.damped + tuple(damper.id for damper in dampers),
        )


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
