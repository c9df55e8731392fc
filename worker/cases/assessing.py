"""From a thread to its stored assessment, and from a flag to a case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Count, Max

from worker.cases import models
from worker.cases.models import Case
from worker.cases.opening import (
    add_thread,
    join_or_open,
    last_closed,
    lock_all,
    newest_assessments,
    open_cases,
    refresh,
    threads_of,
)
from worker.cases.sides import Side, sides_of
from worker.directory.models import Organisation
from worker.domain import mail as domain
from worker.domain.hours import Calendar
from worker.domain.judgement import Assessment
from worker.domain.mail import Thread
from worker.domain.scene import Scene
from worker.inbox import queries as inbox
from worker.inbox.models import Message
from worker.inbox.models import Thread as ThreadRow
from worker.rulepacks.serialise import to_json

#: Gives the hours of service agreed with an organisation, or the desk's own for None.
CalendarFor = Callable[[Organisation | None], Calendar]


#: So many mails are held in memory for judging, however many threads are to be judged.
PORTION_MAILS = 300


class Judging(Protocol):
    """Whatever weighs a scene; ``rulepacks.Judge`` does."""

    def assess(self, scene: Scene) -> Assessment:
        """The findings of the scene's thread, weighed."""


@dataclass(frozen=True, slots=True)
class _Known:
    """How far the counterpart's mail had been read when an assessment was made."""

    in_thread: int
    of_counterpart: int
    newest: int | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A thread's row with what was judged of it."""

    row: ThreadRow
    known: _Known
    assessment: Assessment
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class _Bench:
    """What judging needs beside the mails."""

    judge: Judging
    calendar_for: CalendarFor
    scope_default: str

    def scene(self, row: ThreadRow, thread: Thread, history: tuple[domain.Message, ...]) -> Scene:
        assert row.counterpart is not None
        organisation = row.counterpart.organisation
        scope = (organisation.contract_scope if organisation else "") or self.scope_default
        return Scene(thread, self.calendar_for(organisation), history, scope)


def assess(thread_id: int, judge: Judging, calendar_for: CalendarFor, scope_default: str, now: datetime) -> int | None:
    """:func:`assess_all` of one thread: the id of the open case it is in, or None."""
    return assess_all([thread_id], judge, calendar_for, scope_default, now).get(thread_id)


def assess_all(
    thread_ids: Iterable[int], judge: Judging, calendar_for: CalendarFor, scope_default: str, now: datetime
) -> dict[int, int]:
    """Assess threads, store the results and see to their cases; the ids of the open cases they are in, by thread.

    Idempotent: the same findings are stored once. Mail that arrives meanwhile leaves its thread marked for another
    round. ``scope_default`` says what is in scope where the organisation's contract does not. Judging happens outside
    the transaction, so that nobody waits for it. A thread whose judging raises holds up none of those beside it: they
    are settled before the error goes on.
    """
    rows = list(ThreadRow.objects.select_related("counterpart__organisation").filter(pk__in=list(thread_ids)))
    nobodys = [row.pk for row in rows if row.counterpart is None]
    ThreadRow.objects.filter(pk__in=nobodys).update(dirty=False)
    bench, found = _Bench(judge, calendar_for, scope_default), dict[int, int]()
    for portion, known in _portions([row for row in rows if row.counterpart is not None]):
        found |= _assess_portion(portion, known, bench, now)
    return found


def _portions(rows: Sequence[ThreadRow]) -> Iterator[tuple[list[ThreadRow], dict[int, _Known]]]:
    """The threads person by person, of so few mails together that they are held in memory at once."""
    known = _known(rows)
    _nothing_to_judge([row for row in rows if not known[row.pk].in_thread])
    portion: list[ThreadRow] = []
    people: dict[int, int] = {}
    judged = (row for row in rows if known[row.pk].in_thread)
    for row in sorted(judged, key=lambda row: (row.counterpart_id or 0, row.first_at, row.pk)):
        portion.append(row)
        people[row.counterpart_id or 0] = known[row.pk].of_counterpart
        if sum(people.values()) >= PORTION_MAILS:
            yield portion, known
            portion, people = [], {}
    if portion:
        yield portion, known


def _assess_portion(
    rows: Sequence[ThreadRow], known: Mapping[int, _Known], bench: _Bench, now: datetime
) -> dict[int, int]:
    judged: list[_Judged] = []
    try:
        for row, thread, history in _read(rows, known):
            assessment = bench.judge.assess(bench.scene(row, thread, history))
            judged.append(_Judged(row, known[row.pk], assessment, sides_of(assessment, thread)))
    finally:
        with transaction.atomic():
            found = _settle(judged, now)
    return found


def _read(
    rows: Sequence[ThreadRow], known: Mapping[int, _Known]
) -> Iterator[tuple[ThreadRow, Thread, tuple[domain.Message, ...]]]:
    """Each thread with its history: those of people with few mails together, each other by itself."""
    few = {row.pk: row.counterpart_id or 0 for row in rows if known[row.pk].of_counterpart < PORTION_MAILS}
    scenes = inbox.scenes_of(few, set(few.values())) if few else {}
    for row in rows:
        if row.pk in scenes:
            yield row, *scenes[row.pk]
        else:
            thread = inbox.thread_of(row.pk)
            yield row, thread, inbox.history_of(row.counterpart_id or 0, thread.messages[-1].at, row.pk)


def _nothing_to_judge(rows: Sequence[ThreadRow]) -> None:
    """Take the mark off threads without readable mail, unless one was read meanwhile."""
    if not rows:
        return
    with transaction.atomic():
        _hold(rows)
        known = _known(rows)
        ThreadRow.objects.filter(pk__in=[row.pk for row in rows if not known[row.pk].in_thread]).update(dirty=False)


def _hold(rows: Sequence[ThreadRow]) -> None:
    """Hold the threads' rows until the transaction ends, always in one order."""
    list(ThreadRow.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk").values("pk"))


def _known(rows: Sequence[ThreadRow]) -> dict[int, _Known]:
    read = Message.objects.filter(state=Message.State.READ)
    inside = read.filter(thread__in=[row.pk for row in rows]).values_list("thread").annotate(Count("pk"))
    people = read.filter(thread__counterpart__in={row.counterpart_id for row in rows}).values_list(
        "thread__counterpart"
    )
    counts = dict(inside.order_by())
    every = {person: (count, newest) for person, count, newest in people.annotate(Count("pk"), Max("pk")).order_by()}
    return {row.pk: _Known(counts.get(row.pk, 0), *every.get(row.counterpart_id, (0, None))) for row in rows}


def _settle(judged: Sequence[_Judged], now: datetime) -> dict[int, int]:
    """Store and follow up what was judged, but for threads whose mail is no longer all there is."""
    rows = [each.row for each in judged]
    lock_all({row.counterpart_id or 0 for row in rows})
    _hold(rows)
    known = _known(rows)
    valid = [each for each in judged if known[each.row.pk] == each.known]
    _store(valid, now)
    ThreadRow.objects.filter(pk__in=[each.row.pk for each in valid]).update(dirty=False)
    return _follow_up(valid, now)


def _store(judged: Sequence[_Judged], now: datetime) -> None:
    """Keep each assessment once; one that comes back after another counts as the newest again."""
    rows = ThreadRow.objects.filter(pk__in=[each.row.pk for each in judged])
    newest = dict(newest_assessments(rows).values_list("thread_id", "fingerprint"))
    made = (_assessment_row(each, now) for each in judged)
    models.Assessment.objects.bulk_create(
        [row for row in made if newest.get(row.thread_id) != row.fingerprint],
        update_conflicts=True,
        unique_fields=["thread", "fingerprint"],
        update_fields=["at", "flag", "score", "severity", "categories", "own_categories", "content"],
    )


def _assessment_row(judged: _Judged, now: datetime) -> models.Assessment:
    assessment, (theirs, ours) = judged.assessment, judged.sides
    content = to_json(assessment)
    return models.Assessment(
        thread=judged.row,
        fingerprint=fingerprint_of(content),
        at=now,
        flag=assessment.flag,
        score=assessment.score,
        severity=assessment.severity.value if assessment.severity else "",
        categories=list(theirs.categories),
        own_categories=list(ours.categories),
        content=content,
    )


def fingerprint_of(content: dict[str, Any]) -> str:
    """SHA-256 (hex) of an assessment's JSON, the same however its keys are ordered."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _follow_up(judged: Sequence[_Judged], now: datetime) -> dict[int, int]:
    """The open case of each thread that is in one, after opening or joining where it is flagged."""
    cases = open_cases({each.row.counterpart_id or 0 for each in judged})
    found: dict[int, int] = {}
    touched: dict[int, Case] = {}
    for row, side in ((each.row, side) for each in judged for side in each.sides):
        if case := _case_of(row, side, cases, now):
            found.setdefault(row.pk, case.pk)
            touched[case.pk] = case
    for case in touched.values():
        refresh(case)
    return found


def _case_of(row: ThreadRow, side: Side, cases: dict[tuple[int, bool], Case], now: datetime) -> Case | None:
    """The open case on this side that the thread is in; ``cases`` are the open ones, to which a new one is added."""
    assert row.counterpart is not None
    place = row.counterpart.pk, side.own_staff
    if place not in cases and side.flagged and _is_news(row, side):
        cases[place] = join_or_open(row.counterpart, side.own_staff, row.last_at, now)
    case = cases.get(place)
    if case is None:
        return None
    if side.flagged:
        add_thread(case, row, now)
    return case if threads_of(case.pk).filter(pk=row.pk).exists() else None


def _is_news(row: ThreadRow, side: Side) -> bool:
    """Whether a finding stands in a message that nobody could know when the last case was closed."""
    assert row.counterpart_id is not None
    closed = last_closed(row.counterpart_id, side.own_staff)
    return closed is None or side.newest > closed.closed_upto
