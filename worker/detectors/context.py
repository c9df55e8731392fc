"""What stands around a sentence: its cues and rules, and what had been asked and answered before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from worker.detectors.matching import Matches
from worker.detectors.model import SHORTEST_SENTENCE
from worker.domain.rules import Strength, Way

ANSWERS = ("admitted", "declined", "restated")
DEMAND = "demand."
MANY = 3
"""The fourth mail and every later one are alike."""


@dataclass
class Before:
    """What a thread held before a mail: how many mails came, what was demanded in them, what the desk answered."""

    mails: int = 0
    demanded: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    desk_wrote: bool = False

    def came(self, matches: Matches) -> None:
        """A mail to the desk is past."""
        self.mails += 1
        self.demanded.update(cue for cue in matches.cues() if cue.startswith(DEMAND))

    def answer(self, matches: Matches) -> None:
        """A mail of the desk is past."""
        self.desk_wrote = True
        self.answered.update(cue for cue in ANSWERS if matches.sentences_with(cue))

    def signs(self, night: bool) -> list[str]:
        """The signs that every sentence of the next mail bears."""
        found = [f"before:{answer}" for answer in sorted(self.answered)]
        found.append(f"mail:{min(MANY, self.mails)}")
        if not self.desk_wrote:
            found.append("before:nothing")
        if night:
            found.append("mail:night")
        return found

    def of_demand(self, demands: Iterable[str]) -> Iterator[str]:
        """The signs of a sentence that makes these demands."""
        found = set(demands)
        if not found:
            return
        yield "demand"
        yield from (f"demand:{answer}" for answer in ("declined", "admitted") if answer in self.answered)
        if found & self.demanded:
            yield "demand:again"


def sentences(matches: Matches, way: Way, before: Before, night: bool) -> Iterator[tuple[int, str, list[str]]]:
    """Number, folded text and signs of each sentence that is long enough to tell anything."""
    around = before.signs(night)
    within = _within(matches, way)
    folded = matches.folded
    for number, (start, end) in enumerate(folded.sentences):
        if end - start >= SHORTEST_SENTENCE:
            own = within.get(number, [])
            demands = before.of_demand(sign[2:] for sign in own if sign.startswith(f"c:{DEMAND}"))
            yield number, folded.text[start:end], [*around, *own, *demands]


def _within(matches: Matches, way: Way) -> dict[int, list[str]]:
    """The cues and rules by sentence: how strong each rule is, of the strong ones also the category."""
    found: dict[int, list[str]] = {}
    for cue in matches.cues():
        for number in sorted(matches.sentences_with(cue)):
            found.setdefault(number, []).append(f"c:{cue}")
    rules: dict[int, set[str]] = {}
    for hit in matches.hits:
        if hit.rule.direction in (Way.ANY, way):
            strength = hit.rule.strength
            strong = [f"r:{hit.rule.category}"] if strength in (Strength.STRONG, Strength.DECISIVE) else []
            rules.setdefault(hit.sentence, set()).update([f"rule:{strength}", *strong])
    for number, signs in rules.items():
        found.setdefault(number, []).extend(sorted(signs))
    return found
