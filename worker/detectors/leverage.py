"""Publication or a word to the boss, held out as the price of not giving in to a demand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worker.detectors.reading import Reading, ReadMail
from worker.detectors.repetition import CONTESTED
from worker.domain.judgement import Category, Finding

LEVERS = {"lever.publish": Category.DEFAMATION, "lever.boss": Category.THREAT}
APART = 0.7
GROUNDED = 0.5


class Leverage:
    """A lever named under a condition, in a mail that makes a demand which the desk may decline."""

    id = "leverage"
    categories = tuple(LEVERS.values())

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding a lever and mail; weaker where condition and lever are not one sentence or a failure stands."""
        for mail in reading.incoming:
            if any(mail.saying(slot) for slot in CONTESTED):
                for lever, category in LEVERS.items():
                    yield from self._lever(reading, mail, lever, category)

    def _lever(self, reading: Reading, mail: ReadMail, lever: str, category: Category) -> Iterator[Finding]:
        conditions = set(mail.saying("condition"))
        for sentence in mail.saying(lever):
            if conditions & {sentence - 1, sentence, sentence + 1}:
                strength = 1.0 if sentence in conditions else APART
                if reading.admitted_before(mail):
                    strength *= GROUNDED
                reason = "要求に応じさせるための手段として持ち出しています。"
                yield mail.finding("leverage.tied", category, strength, reason, sentence)
                return
