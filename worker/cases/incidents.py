"""What e-mail cannot show, told by a colleague: calls, visits, posts, chats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from worker.cases.models import Case, Incident
from worker.cases.opening import join_or_open, lock, refresh
from worker.cases.permissions import require
from worker.directory.models import User
from worker.directory.queries import Action
from worker.directory.services import counterpart_of, record
from worker.domain.errors import Incomplete
from worker.domain.judgement import Category, Severity
from worker.domain.mail import Address


@dataclass(frozen=True, slots=True)
class Told:
    """One incident as told. ``at`` is aware; ``minutes`` it lasted; ``said`` in the actual words.

    ``answered`` is what we said, "" for nothing. ``repeats``: it was the same demand again.
    """

    channel: Incident.Channel
    at: datetime
    category: Category
    severity: Severity
    said: str
    minutes: int = 0
    answered: str = ""
    repeats: bool = False


def add_incident(user: User, about: int | Address, told: Told, now: datetime) -> Incident:
    """Record an incident in the counterpart's open case, opening one where there is none.

    ``about`` is a case id or the address of the person outside. A closed case is followed by a linked one.
    Incomplete names the fields that are missing.
    """
    require(user, Action.ADD_INCIDENT)
    faults = dict(_faults(told, now))
    if faults:
        raise Incomplete(faults)
    with transaction.atomic():
        case = _case(about, told.at, now)
        incident = _append(case, user, told, now)
        refresh(case)
        record(user.username, "case.incident", case.number, {"incident": incident.pk, "channel": told.channel.value})
    return incident


def _faults(told: Told, now: datetime) -> Iterator[tuple[str, str]]:
    if not told.said.strip():
        yield "said", _("Write what was said or done, in the actual words.")
    if told.at > now:
        yield "at", _("The time lies in the future; correct it.")


def _case(about: int | Address, at: datetime, now: datetime) -> Case:
    if isinstance(about, Address):
        return join_or_open(lock(counterpart_of(about).pk), False, at, now)
    known = Case.objects.get(pk=about)
    return join_or_open(lock(known.counterpart_id), known.own_staff, at, now)


def _append(case: Case, user: User, told: Told, now: datetime) -> Incident:
    return Incident.objects.create(
        case=case,
        channel=told.channel,
        at=told.at,
        minutes=told.minutes,
        category=told.category.value,
        severity=told.severity.value,
        repeats=told.repeats,
        said=told.said.strip(),
        answered=told.answered.strip(),
        reported_by=user,
        reported_at=now,
    )
