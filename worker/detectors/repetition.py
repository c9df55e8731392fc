"""The same demand again after it was answered, in whatever words; with the ledger of when and what we answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz

from worker.detectors.reading import Reading, ReadMail
from worker.domain.judgement import Category, Finding, LedgerEntry

CONTESTED = tuple(
    f"demand.{slot}"
    for slot in (
        *("refund", "damages", "discount", "apology", "staff_change", "free_work"),
        *("scope", "meeting", "boss", "data", "report"),
    )
)
"""Demands that a desk may decline; asking again for service, a fix or a first answer is not repetition."""
ANSWERS = ("declined", "restated")
STRENGTHS = {1: 0.4, 2: 0.85}
SAME_WORDS = 82.0
"""rapidfuzz ratio (0..100) from which two mails count as the same mail sent again."""
SHORTEST_COPY = 30
COPIED = "copied"


@dataclass(frozen=True)
class Series:
    """One demand each time that it was made. ``again`` counts the times after our first answer that settles it."""

    slot: str
    times: tuple[tuple[ReadMail, int], ...]
    again: int


class Repetition:
    """The same demand again and again after it was answered; reminders while nobody answered do not count."""

    id = "repetition"
    categories = (Category.REPETITION,)

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """One finding for the demand repeated most, at each time after the answer."""
        series = most_repeated(reading)
        if series is None:
            return
        rule = "repetition.copied" if series.slot == COPIED else "repetition.answered"
        strength = STRENGTHS.get(series.again, 1.0)
        fact = f"同じ要求の{len(series.times)}回目です。回答の後に{series.again}回繰り返されています。"
        here = {mail.message.key for mail in reading.incoming}
        for mail, sentence in series.times[-series.again :]:
            if mail.message.key in here:
                yield mail.finding(
                    rule, Category.REPETITION, strength, "回答済みの要求の繰り返しです。", sentence, fact
                )


def most_repeated(reading: Reading) -> Series | None:
    """The demand of this thread that came again most often after an answer, None where none did."""
    if not reading.incoming or not any(mail.shows(*ANSWERS) for mail in reading.timeline if not mail.incoming):
        return None
    found = [series for slot in CONTESTED if (series := _series(reading.timeline, slot))]
    if copies := _copies(reading.timeline):
        found.append(copies)
    return max(found, key=lambda series: (series.again, len(series.times)), default=None)


def ledger(reading: Reading) -> tuple[LedgerEntry, ...]:
    """Each time of the most repeated demand, with the answer that followed it; () where nothing was repeated."""
    series = most_repeated(reading)
    return tuple(_entries(reading.timeline, series)) if series else ()


def _series(timeline: Sequence[ReadMail], slot: str) -> Series | None:
    times = [(mail, said[0]) for mail in timeline if mail.incoming and (said := mail.saying(slot))]
    again = _times_after_answer(timeline, [mail for mail, _ in times])
    return Series(slot, tuple(times), again) if again else None


def _copies(timeline: Sequence[ReadMail]) -> Series | None:
    """The mails that are nearly the same as the first of them; ordinary orders that are repeated are not declined."""
    incoming = [mail for mail in timeline if mail.incoming and len(mail.own.folded.text) >= SHORTEST_COPY]
    for number, first in enumerate(incoming[:-1]):
        if not _times_after_answer(timeline, incoming[number:]):
            continue  # no copy of this one would count, so none is looked for
        text = first.own.folded.text
        same = [m for m in incoming[number + 1 :] if fuzz.ratio(text, m.own.folded.text, score_cutoff=SAME_WORDS)]
        again = _times_after_answer(timeline, [first, *same])
        if again:
            return Series(COPIED, tuple((mail, 0) for mail in (first, *same)), again)
    return None


def _times_after_answer(timeline: Sequence[ReadMail], times: Sequence[ReadMail]) -> int:
    """How many of ``times`` came after the first answer to the first of them that declines or repeats an answer."""
    if len(times) < 2:
        return 0
    first = times[0].message.at
    answers = [mail.message.at for mail in timeline if not mail.incoming and mail.message.at >= first]
    settled = next((m.message.at for m in timeline if m.message.at in answers and _settles(m)), None)
    return sum(mail.message.at > settled for mail in times) if settled else 0


def _settles(mail: ReadMail) -> bool:
    return not mail.incoming and mail.shows(*ANSWERS)


def _entries(timeline: Sequence[ReadMail], series: Series) -> Iterator[LedgerEntry]:
    for number, (mail, sentence) in enumerate(series.times, 1):
        until = series.times[number][0].message.at if number < len(series.times) else None
        answer = next((a for a in timeline if not a.incoming and _between(a, mail, until)), None)
        yield LedgerEntry(
            number=number,
            message=mail.message.key,
            at=mail.message.at,
            text=mail.own.sentence(sentence)[0],
            answered_at=answer.message.at if answer else None,
            answer=_answer_words(answer) if answer else "",
        )


def _between(answer: ReadMail, mail: ReadMail, until: datetime | None) -> bool:
    at = answer.message.at
    return at >= mail.message.at and (until is None or at < until)


def _answer_words(answer: ReadMail) -> str:
    """The sentence of the answer that settles it, else its first sentence."""
    for cue in ANSWERS:
        for sentence in answer.saying(cue):
            return answer.own.sentence(sentence)[0]
    return answer.own.sentence(0)[0] if answer.own.folded.sentences else ""
