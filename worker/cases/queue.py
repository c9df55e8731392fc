"""The queue: what waits for a person, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from worker.cases.models import Case
from worker.domain.judgement import Category, Severity

OPEN = "open"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What to show; None shows everything. ``state`` is ``open`` (review and in hand), ``all`` or a case's state.

    ``assignee_id`` 0 means nobody's.
    """

    state: str = OPEN
    severity: Severity | None = None
    category: Category | None = None
    organisation_id: int | None = None
    assignee_id: int | None = None
    own_staff: bool = False


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case in the queue. ``uncertain`` and ``failed`` count its letters that wait for a person's word.

    ``overdue`` counts letters whose day for an answer has passed; ``to_approve`` those that wait for an approver.
    """

    id: int
    number: str
    state: str
    severity: Severity
    categories: tuple[Category, ...]
    own_staff: bool
    pseudonym: str
    organisation: str
    assignee: str
    opened_at: datetime
    last_at: datetime
    threads: int
    uncertain: int
    failed: int
    overdue: int
    to_approve: int
    follows_id: int | None


def queue(chosen: QueueFilter, today: date, limit: int = 50, offset: int = 0) -> list[QueueRow]:
    """The cases that fit, most urgent first: letters in doubt or overdue, then severity, then the longest waiting.

    ``today`` is the desk's day. One query, whatever the number of cases.
    """
    rows = _with_letters(_fitting(chosen), today).order_by("-attention", "-severity_rank", "opened_at", "pk")
    rows = rows.select_related("counterpart", "organisation", "assignee")
    return [_row(case) for case in rows[offset : offset + limit]]


def queue_size(chosen: QueueFilter) -> int:
    """How many cases fit."""
    return _fitting(chosen).count()


def is_about_own_staff(case_id: int) -> bool:
    """Whether the case is about our own people's mail; False where there is none such."""
    return Case.objects.filter(pk=case_id, own_staff=True).exists()


def in_own_staff_case(thread_id: int) -> bool:
    """Whether the thread lies in a case about our own people's mail."""
    return Case.objects.filter(case_threads__thread=thread_id, own_staff=True).exists()


def counts() -> dict[str, int]:
    """Open cases by state and severity: keys ``review``, ``in_hand``, ``low`` … ``critical``, ``unassigned``."""
    opened = Case.objects.filter(own_staff=False).exclude(state=Case.State.CLOSED)
    by = {state: Count("pk", filter=Q(state=state)) for state in (Case.State.REVIEW, Case.State.IN_HAND)}
    severities = {one.value: Count("pk", filter=Q(severity=one.value)) for one in Severity}
    found = opened.aggregate(**by, **severities, unassigned=Count("pk", filter=Q(assignee=None)))
    return {str(name): int(number) for name, number in found.items()}


def _fitting(chosen: QueueFilter) -> QuerySet[Case]:
    rows = Case.objects.filter(own_staff=chosen.own_staff)
    if chosen.state == OPEN:
        rows = rows.exclude(state=Case.State.CLOSED)
    elif chosen.state != "all":
        rows = rows.filter(state=chosen.state)
    if chosen.severity:
        rows = rows.filter(severity=chosen.severity.value)
    if chosen.category:  # the list as JSON text: neither database is asked for more than it has
        rows = rows.annotate(listed=Cast("categories", TextField())).filter(listed__contains=f'"{chosen.category}"')
    if chosen.organisation_id:
        rows = rows.filter(organisation_id=chosen.organisation_id)
    if chosen.assignee_id is not None:
        rows = rows.filter(assignee_id=chosen.assignee_id or None)
    return rows


def _with_letters(rows: QuerySet[Case], today: date) -> QuerySet[Any]:
    """Add the letters' counts, by the name of the relation: the notices' room lies above this one."""
    uncertain = Q(notices__state="uncertain")
    overdue = Q(notices__state="sent", notices__answered_at=None, notices__deadline__lt=today)
    failed = Q(notices__state="failed")
    urgent = Case.objects.filter(uncertain | failed | overdue, pk=OuterRef("pk"))
    return rows.annotate(
        attention=Exists(urgent),
        threads=Count("case_threads", distinct=True),
        uncertain=Count("notices", filter=uncertain, distinct=True),
        failed=Count("notices", filter=failed, distinct=True),
        overdue=Count("notices", filter=overdue, distinct=True),
        to_approve=Count("notices", filter=Q(notices__state="submitted"), distinct=True),
    )


def _row(case: Any) -> QueueRow:
    return QueueRow(
        id=case.pk,
        number=case.number,
        state=case.state,
        severity=Severity(case.severity),
        categories=tuple(Category(name) for name in case.categories),
        own_staff=case.own_staff,
        pseudonym=case.counterpart.pseudonym,
        organisation=case.organisation.name if case.organisation else "",
        assignee=case.assignee.shown_name if case.assignee else "",
        opened_at=case.opened_at,
        last_at=case.last_at,
        threads=case.threads,
        uncertain=case.uncertain,
        failed=case.failed,
        overdue=case.overdue,
        to_approve=case.to_approve,
        follows_id=case.follows_id,
    )
