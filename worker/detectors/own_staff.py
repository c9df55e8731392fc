"""Our own people's outgoing mail, judged as the conduct of our side."""

from __future__ import annotations

from collections.abc import Iterable

from worker.detectors.phrases import phrase_finding
from worker.detectors.reading import Reading
from worker.domain.judgement import Category, Finding
from worker.domain.rules import Way

SPEECH = (
    *(Category.VIOLENCE, Category.THREAT, Category.ABUSIVE_LANGUAGE, Category.INSULT_PERSON, Category.INSULT_COMPANY),
    *(Category.PERSONALITY_DENIAL, Category.DISCRIMINATION, Category.APPEARANCE, Category.SEXUAL),
)
"""Words that are harassment whoever writes them; demands and reminders are a desk's daily work."""
MENTIONED = 0.2


class OwnStaff:
    """The rules on words, asked of outgoing mail too; a boundary letter that names the other side's words is none."""

    id = "own_staff"
    categories: tuple[Category, ...] = ()  # a duty of ours, not a conduct of theirs: clauses claim it by its name

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding a rule and sentence of outgoing mail, lowered where the mail speaks of somebody's words."""
        for mail in reading.outgoing:
            lowered = {"mention": MENTIONED} if mail.shows("mention") else {}
            for part in mail.parts:
                for hit in part.matches.hits:
                    if hit.rule.direction is Way.IN and hit.rule.category in SPEECH:
                        yield phrase_finding(self.id, mail, part, hit, lowered)
