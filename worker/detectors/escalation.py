"""Tone that rises from mail to mail."""

from __future__ import annotations

from collections.abc import Iterable

from worker.detectors.reading import Reading
from worker.domain.judgement import Category, Finding

FEWEST = 3


class Escalation:
    """Harsh words that grow in number over at least three mails; it adds to other findings and never flags alone."""

    id = "escalation"
    categories = (Category.HARSH_REPRIMAND,)

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding at the last mail where it holds more harsh sentences than the first, and some between do too."""
        counts = [(mail, mail.saying("harsh")) for mail in reading.incoming]
        if len(counts) < FEWEST:
            return
        last, said = counts[-1]
        first = len(counts[0][1])
        if len(said) > first and any(len(between) > first for _, between in counts[1:-1]):
            yield last.finding(
                "escalation.rising", Category.HARSH_REPRIMAND, 1.0, "非難の言葉がメールごとに強まっています。", said[0]
            )
