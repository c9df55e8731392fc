"""What the learned part makes of a thread: its worst sentences together, each shown."""

from __future__ import annotations

from collections.abc import Iterable

from worker.detectors.model import Model, logistic
from worker.detectors.reading import Reading, Suspect
from worker.domain.judgement import Category, Finding
from worker.domain.rules import Role

SLOPE = 1.5
"""How steeply the strength rises with the tone; at an even tone it is a half."""
SHOWN_FROM = 1.0
SHOWN_MIDDLE = 3.0
REASON = "嫌がらせとして書かれた文に似た言い回しです。"


class Learned:
    """Sentences that look like harassment by their pieces, where no rule may have seen them."""

    id = "learned"
    categories: tuple[Category, ...] = ()  # whatever it was taught: it says how much, the rules say what

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding for the worst sentence with the strength of the worst three, and the others as companions."""
        worst, tone = reading.worst, reading.tone
        if reading.model is None or tone is None or worst[0].odds < SHOWN_FROM:
            return
        category = _category(reading.model, worst[0])
        strength = logistic(tone * SLOPE)
        yield worst[0].mail.finding("learned.thread", category, strength, REASON, worst[0].sentence)
        for other in worst[1:]:
            if other.odds >= SHOWN_FROM:
                strength = logistic((other.odds - SHOWN_MIDDLE) * SLOPE)
                named = _named_by_rule(other) or category
                yield other.mail.finding("learned.sentence", named, strength, REASON, other.sentence)


def _category(model: Model, suspect: Suspect) -> Category:
    """The category of a rule that holds in that sentence, else what the sentence looks like."""
    return _named_by_rule(suspect) or model.category(suspect.mail.own.folded.sentence(suspect.sentence))


def _named_by_rule(suspect: Suspect) -> Category | None:
    hits = suspect.mail.own.matches.hits
    named = (h.rule.category for h in hits if h.sentence == suspect.sentence and h.rule.role is Role.SIGNAL)
    return next(named, None)
