"""Many mails within hours while the desk had no chance to answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from worker.detectors.reading import Reading, ReadMail
from worker.domain.judgement import Category, Finding

WINDOW = timedelta(hours=6)
FEWEST = 4
FULL = 7
EMERGENCY_FACTOR = 0.5


class Volume:
    """Bursts: several mails in a row within hours, with no answer of the desk between them."""

    id = "volume"
    categories = (Category.LONG_RESTRAINT,)

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding at the last mail of the longest burst; an outage that is being reported halves it."""
        burst = max(_runs(reading.timeline), key=len, default=[])
        if len(burst) < FEWEST or burst[-1] not in reading.mails:
            return
        strength = min(1.0, len(burst) / FULL)
        if any(mail.shows("emergency") for mail in burst):
            strength *= EMERGENCY_FACTOR
        hours = (burst[-1].message.at - burst[0].message.at).total_seconds() / 3600
        fact = f"返信を待たずに{hours:.1f}時間で{len(burst)}通が送られています。"
        yield burst[-1].finding(
            "volume.burst", Category.LONG_RESTRAINT, strength, "短時間に多数のメールが送られています。", fact=fact
        )


def _runs(timeline: Iterable[ReadMail]) -> list[list[ReadMail]]:
    """Incoming mails in a row, each run within the window from its first mail."""
    runs: list[list[ReadMail]] = [[]]
    for mail in timeline:
        if not mail.incoming:
            runs.append([])
        else:
            run = runs[-1]
            if run and mail.message.at - run[0].message.at > WINDOW:
                runs.append([one for one in run if mail.message.at - one.message.at <= WINDOW])
            runs[-1].append(mail)
    return runs
