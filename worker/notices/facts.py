"""From a decided case to the variables of a letter: exact words, dates on the desk's clock, clauses, a deadline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from worker.cases.view import CaseView, LedgerRow, ShownClause, ShownEvidence, ShownIncident, ShownMessage
from worker.domain.hours import Calendar
from worker.domain.judgement import Category, Field
from worker.domain.mail import Authorship
from worker.domain.policy import Policy
from worker.notices.words import Words, hours_text, version_text, words_of

#: Business days that an organisation gets to answer, and after which we look at the matter again.
ANSWER_DAYS = 10
REVIEW_DAYS = 20
#: At most so many facts, the strongest ones: a letter is no file of evidence.
MOST_FACTS = 8
#: A quotation is cut after so many characters; what stands is still exactly what was written.
LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """Who writes the letters: ``address`` is where answers go, ``calendar`` the desk's own hours."""

    name: str
    address: str
    calendar: Calendar
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Addressee:
    """The one named person at the organisation."""

    organisation: str
    name: str
    title: str
    address: str


def variables_from(
    view: CaseView, addressee: Addressee, desk: Desk, policy: Policy, language: str, reference: str, now: datetime
) -> dict[str, Any]:
    """The variables of a first draft as plain data; days and moments are ISO text on the desk's clock.

    ``view`` is a case with a decision; its chosen clauses decide which words are quoted.
    """
    words = words_of(language)
    today = desk.calendar.local(now).date()
    return {
        "reference_number": reference,
        "sent_on": today.isoformat(),
        "recipient": {"organisation": addressee.organisation, "title": addressee.title, "name": addressee.name},
        "desk": _desk(desk, policy, words, language),
        "policy": {
            "title": policy.title_in(language),
            "version": version_text(policy.version, words),
        },
        "clauses": [_clause(choice, policy, language) for choice in chosen_clauses(view)],
        "contract_clause": view.contract_clause,
        "matter": _matter(view, words),
        "counterpart_role": words.counterpart_role,
        "facts": _facts(view, desk.calendar, words, policy),
        "our_part": "",
        "still_to_answer": [line.strip() for line in view.still_to_answer.splitlines() if line.strip()],
        "request": list(words.requests),
        "deadline": add_business_days(desk.calendar, today, ANSWER_DAYS).isoformat(),
        "next_step": words.next_step,
        "review_on": add_business_days(desk.calendar, today, REVIEW_DAYS).isoformat(),
    }


def chosen_clauses(view: CaseView) -> tuple[ShownClause, ...]:
    """The clauses of the decision that counts."""
    return view.decision.clauses if view.decision else ()


def add_business_days(calendar: Calendar, day: date, days: int) -> date:
    """The ``days``-th business day after ``day``; a calendar day after all where the desk never serves."""
    for _ in range(days):
        day = next((later for later in _following(day) if calendar.is_business_day(later)), day + timedelta(days=1))
    return day


def _following(day: date) -> Iterator[date]:
    return (day + timedelta(days=ahead) for ahead in range(1, 60))


def _desk(desk: Desk, policy: Policy, words: Words, language: str) -> dict[str, str]:
    """The letterhead. A desk's name that begins with the company's is not to name it twice."""
    return {
        "company": policy.company_in(language),
        "name": desk.name.removeprefix(policy.company).strip() or desk.name,
        "contact_name": words.contact_name,
        "address": desk.address,
        "telephone": desk.telephone,
        "hours": hours_text(desk.calendar, words),
    }


def _clause(choice: ShownClause, policy: Policy, language: str) -> dict[str, Any]:
    clause = policy.clause(choice.id)
    return {
        "id": clause.id,
        "title": clause.title_in(language),
        "text": clause.text_in(language),
        "residual": choice.residual,
        "ground": choice.ground,
    }


def _matter(view: CaseView, words: Words) -> str:
    """The subject of the first mail, unless words of the case stand in a subject."""
    if any(item.field is Field.SUBJECT for item in view.evidence) or not view.messages:
        return words.matter
    return " ".join(view.messages[0].message.parsed.subject.split())[:100] or words.matter


def _facts(view: CaseView, calendar: Calendar, words: Words, policy: Policy) -> list[dict[str, Any]]:
    """The strongest facts that the chosen clauses are about, oldest first.

    None rests on a mail whose authentication failed.
    """
    wanted = _wanted_categories(view, policy)
    trusted = [shown for shown in view.messages if shown.message.authorship is not Authorship.DOUBTED]
    quoted = [item for shown in trusted for item in _quotes(shown, wanted)]
    strongest = {item.number for item in sorted(quoted, key=lambda one: -one.strength)[:MOST_FACTS]}
    facts = [
        fact
        for shown in trusted
        for fact in _mail_facts(view, shown, [one for one in quoted if one.number in strongest], calendar, words)
    ]
    facts += [_told_fact(view, told, calendar, words) for told in view.incidents if told.category in wanted]
    return sorted(facts, key=lambda fact: str(fact["at"]))


def _wanted_categories(view: CaseView, policy: Policy) -> frozenset[Category]:
    """What the chosen clauses speak of; everything found where a clause was chosen that names none of it."""
    clauses = [policy.clause(choice.id) for choice in chosen_clauses(view)]
    named = {category for clause in clauses for category in (*clause.named, *clause.also, *clause.residual)}
    found = set(view.categories)
    return frozenset(named & found or found)


def _quotes(shown: ShownMessage, wanted: frozenset[Category]) -> Iterator[ShownEvidence]:
    """The strongest words of each wanted category in one mail, none inside another, as they stand in it."""
    taken: list[ShownEvidence] = []
    for item in sorted(shown.evidence, key=lambda one: (-one.strength, one.start)):
        if item.text and item.category in wanted and not any(_says_as_much(other, item) for other in taken):
            taken.append(item)
    return iter(sorted(taken, key=lambda one: one.number))


def _says_as_much(taken: ShownEvidence, item: ShownEvidence) -> bool:
    """Whether ``taken`` is of the same category, or its words overlap those of ``item``."""
    overlap = taken.field is item.field and taken.start < item.end and item.start < taken.end
    return overlap or taken.category is item.category


def _mail_facts(
    view: CaseView, shown: ShownMessage, quoted: Sequence[ShownEvidence], calendar: Calendar, words: Words
) -> Iterator[dict[str, Any]]:
    """One fact for each quotation of the mail; count, answers and hours stand with the first."""
    items = [item for item in quoted if item.message_id == shown.id]
    number, answers = _times(view.ledger, calendar, message_id=shown.id)
    for item in items[:1]:
        fact = _mail_fact(shown, item, calendar, words, words.mail_fact)
        yield {**fact, "number": number, "answered_on": answers, "off_hours": _off_hours(shown, calendar, words)}
    for item in items[1:]:
        yield _mail_fact(shown, item, calendar, words, words.also_fact)


def _mail_fact(shown: ShownMessage, item: ShownEvidence, calendar: Calendar, words: Words, what: str) -> dict[str, Any]:
    mail_id = shown.message.parsed.message_id
    return {
        "at": _moment(calendar, shown.message.at),
        "channel": words.mail,
        "what": what.format(role=words.counterpart_role),
        "quote": item.text[:LONGEST_QUOTE],
        "reference": words.message_reference.format(id=mail_id)
        if mail_id
        else words.record_reference.format(id=shown.id),
        "number": 0,
        "answered_on": [],
        "off_hours": "",
    }


def _told_fact(view: CaseView, told: ShownIncident, calendar: Calendar, words: Words) -> dict[str, Any]:
    number, answers = _times(view.ledger, calendar, incident_id=told.id)
    minutes = words.minutes.format(count=told.minutes) if told.minutes else ""
    return {
        "at": _moment(calendar, told.at),
        "channel": words.channels[told.channel],
        "what": words.told_fact.format(role=words.counterpart_role, minutes=minutes),
        "quote": told.said[:LONGEST_QUOTE],
        "reference": words.record_reference.format(id=told.id),
        "number": number,
        "answered_on": answers,
        "off_hours": "",
    }


def _moment(calendar: Calendar, at: datetime) -> str:
    return calendar.local(at).isoformat(timespec="minutes")


def _times(
    ledger: Sequence[LedgerRow], calendar: Calendar, message_id: int | None = None, incident_id: int | None = None
) -> tuple[int, list[str]]:
    """Which time of the demand it was (0: not in the ledger), and the days of our answers to the times before."""
    row = next((one for one in ledger if (one.message_id, one.incident_id) == (message_id, incident_id)), None)
    if row is None:
        return 0, []
    answers = [one.answered_at for one in ledger if one.number < row.number and one.answered_at]
    return row.number, sorted({calendar.local(at).date().isoformat() for at in answers})


def _off_hours(shown: ShownMessage, calendar: Calendar, words: Words) -> str:
    """Only where service was demanded then: that a mail merely arrived late is no reproach."""
    if not any(item.category is Category.OFF_HOURS for item in shown.evidence):
        return ""
    phrase = words.asked_off_hours if calendar.is_open(shown.message.at) else words.arrived_off_hours
    return phrase.format(hours=hours_text(calendar, words))
