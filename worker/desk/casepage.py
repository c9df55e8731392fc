"""The case page as a value: mails with their evidence, calls, the ledger, the weeks. Made from the case's view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from worker.cases.view import CaseView, LedgerRow, ShownIncident, ShownMessage
from worker.desk import formats, passages
from worker.desk.passages import Mark, Part, Passage
from worker.desk.week import Arrival
from worker.domain.hours import Calendar
from worker.domain.mail import Direction, Message
from worker.domain.policy import Clause, Policy

#: The sender's clock may differ from our server's stamp by this much before the page speaks of it.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the page shows it. ``outside``: it came outside the hours; ``purged``: its words are gone."""

    id: int
    message: Message
    subject: tuple[Passage, ...]
    parts: tuple[Part, ...]
    marks: tuple[Mark, ...]
    outside: bool
    purged: bool

    @property
    def at(self) -> datetime:
        """When it came, by our own server's stamp."""
        return self.message.at

    @property
    def dated_differently(self) -> bool:
        """Whether the sender's clock and our server's stamp disagree."""
        dated = self.message.parsed.date
        return dated is not None and abs(dated - self.message.at) > CLOCK_TOLERANCE


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened, in its place: a mail or an incident."""

    at: datetime
    mail: Mail | None = None
    incident: ShownIncident | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """One entry of the ledger; ``covered`` where its words stand under a veil."""

    row: LedgerRow
    covered: bool

    @property
    def place(self) -> str:
        """Where on the page its mail or incident stands."""
        return f"m{self.row.message_id}" if self.row.message_id else f"i{self.row.incident_id}"


def marks_of(view: CaseView, policy: Policy, reasons: Mapping[str, str] | None = None) -> tuple[Mark, ...]:
    """All evidence of the case with its clauses, by number; ``reasons`` by rule replace those that were stored."""
    clauses, reasons = {clause.id: clause for clause in policy.clauses}, reasons or {}
    return tuple(
        Mark(shown, clauses.get(shown.clause or ""), reasons.get(shown.rule, shown.reason)) for shown in view.evidence
    )


def items_of(view: CaseView, marks: Sequence[Mark], calendar: Calendar) -> list[Item]:
    """Mails and incidents, oldest first."""
    mails = [Item(shown.message.at, mail=_mail(shown, marks, calendar)) for shown in view.messages]
    told = [Item(incident.at, incident=incident) for incident in view.incidents]
    return sorted([*mails, *told], key=lambda item: item.at)


def _mail(shown: ShownMessage, marks: Sequence[Mark], calendar: Calendar) -> Mail:
    own = tuple(mark for mark in marks if mark.shown.message_id == shown.id)
    parsed = shown.message.parsed
    incoming = shown.message.direction is Direction.IN
    return Mail(
        id=shown.id,
        message=shown.message,
        subject=passages.subject_of(parsed, own),
        parts=passages.parts_of(parsed, own),
        marks=own,
        outside=incoming and not calendar.is_open(shown.message.at),
        purged=not parsed.text and not parsed.subject,
    )


def demands_of(ledger: Iterable[LedgerRow], marks: Sequence[Mark]) -> list[Demand]:
    """The ledger for the page; words that a veil covers in the mail are covered here too."""
    return [Demand(row, _covered(row, marks)) for row in ledger]


def _covered(row: LedgerRow, marks: Sequence[Mark]) -> bool:
    words = [mark.shown.text for mark in marks if mark.severe and mark.shown.message_id == row.message_id]
    return row.incident_id is not None or any(text in row.text or row.text in text for text in words)


def touched(marks: Iterable[Mark]) -> list[tuple[Clause, bool]]:
    """The clauses that the evidence touches, each once, with whether only as a residual one."""
    found: dict[str, tuple[Clause, bool]] = {}
    for mark in marks:
        if mark.clause is not None:
            residual = mark.shown.residual and found.get(mark.clause.id, (mark.clause, True))[1]
            found[mark.clause.id] = (mark.clause, residual)
    return list(found.values())


def arrivals_of(items: Iterable[Item]) -> list[Arrival]:
    """What came and went, as the week strip needs it."""
    names = {Direction.OUT: _("our answer"), Direction.IN: _("mail")}
    return [
        Arrival(item.at, item.mail.message.direction, names[item.mail.message.direction])
        if item.mail
        else Arrival(item.at, Direction.IN, _("call or visit"))
        for item in items
    ]


def how_often(view: CaseView, items: Sequence[Item]) -> str:
    """How many mails came, how many were marked, how often a demand came again, what came outside the hours."""
    mails = [item.mail for item in items if item.mail and item.mail.message.direction is Direction.IN]
    marked = sum(1 for mail in mails if mail.marks)
    outside = sum(1 for mail in mails if mail.outside)
    told = len(view.incidents)
    demands = len(view.ledger)
    parts = [
        (len(mails), ngettext("%(num)d mail", "%(num)d mails", len(mails))),
        (marked, ngettext("marked words in %(num)d of them", "marked words in %(num)d of them", marked)),
        (told, ngettext("%(num)d call or visit", "%(num)d calls or visits", told)),
        (demands, ngettext("the same demand %(num)d time", "the same demand %(num)d times", demands)),
        (outside, ngettext("%(num)d outside the hours of service", "%(num)d outside the hours of service", outside)),
    ]
    return _(", ").join(sentence % {"num": number} for number, sentence in parts if number)


def since(items: Sequence[Item]) -> str:
    """Since when, and over how long."""
    first, last = items[0].at, items[-1].at
    if formats.local(first).date() == formats.local(last).date():
        return formats.day(first)
    return _("%(first)s to %(last)s (%(length)s)") % {
        "first": formats.day(first),
        "last": formats.day(last),
        "length": formats.length(last - first),
    }
