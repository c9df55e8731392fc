"""What the learned part makes of a thread: its worst sentences together, each shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worker.detectors.model import SHORTEST_SENTENCE, Model, logistic
from worker.detectors.reading import Reading, ReadMail
from worker.domain.judgement import Category, Finding
from worker.domain.rules import Role

WORST = 3
"""How many sentences speak for a thread: one odd sentence says little, three are a tone."""
MIDDLE = 3.4
SLOPE = 1.5
"""Log-odds at which the worst sentences are half a sign, and how steep it gets; from lines held out by rule."""
SHOWN_FROM = 2.5
REASON = "嫌がらせとして書かれた文に似た言い回しです。"


class Learned:
    """Sentences that look like harassment by their pieces, where no rule may have seen them."""

    id = "learned"
    categories: tuple[Category, ...] = ()  # whatever it was taught: it says how much, the rules say what

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding for the worst sentence with the strength of the worst three, and the others as companions."""
        model = reading.model
        if model is None:
            return
        worst = sorted(_scored(reading, model), key=lambda one: -one[0])[:WORST]
        if not worst or worst[0][0] < SHOWN_FROM:
            return
        mean = sum(odds for odds, _, _ in worst) / len(worst)
        first, *others = worst
        yield _finding(model, "learned.thread", first[1], first[2], logistic((mean - MIDDLE) * SLOPE))
        for odds, mail, sentence in others:
            if odds >= SHOWN_FROM:
                strength = logistic((odds - MIDDLE) * SLOPE)
                yield _finding(model, "learned.sentence", mail, sentence, strength)


def _scored(reading: Reading, model: Model) -> Iterator[tuple[float, ReadMail, int]]:
    """Each sentence of the counterpart's own words that nothing lowers, with its log-odds."""
    for mail in reading.incoming:
        folded = mail.own.folded
        for number, (start, end) in enumerate(folded.sentences):
            if end - start >= SHORTEST_SENTENCE and not mail.own.matches.dampers_at(number, Category.THREAT):
                yield model.log_odds(folded.text[start:end]), mail, number


def _finding(model: Model, rule: str, mail: ReadMail, sentence: int, strength: float) -> Finding:
    """The finding, under the category of a rule that holds in that sentence, else what it looks like."""
    hits = mail.own.matches.hits
    named = [h.rule.category for h in hits if h.sentence == sentence and h.rule.role is Role.SIGNAL]
    category = named[0] if named else model.category(mail.own.folded.sentence(sentence))
    return mail.finding(rule, category, strength, REASON, sentence)
