"""From a thread to its stored assessment, and from a flag to a case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Count, Max

from worker.cases import models
from worker.cases.opening import (
    add_thread,
    join_or_open,
    last_closed,
    lock,
    newest_assessments,
    open_case,
    refresh,
    threads_of,
)
from worker.cases.sides import Side, sides_of
from worker.directory.models import Organisation
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


def assess(thread_id: int, judge: Judging, calendar_for: CalendarFor, scope_default: str, now: datetime) -> int | None:
    """Assess one thread, store the result and see to its case; gives the id of the open case it is in, or None.

    Idempotent: the same findings are stored once. Mail that arrives meanwhile leaves the thread marked for another
    round. ``scope_default`` says what is in scope where the organisation's contract does not. Judging happens outside
    the transaction, so that nobody waits for it.
    """
    row = ThreadRow.objects.select_related("counterpart__organisation").get(pk=thread_id)
    if row.counterpart is None:
        ThreadRow.objects.filter(pk=thread_id).update(dirty=False)
        return None
    known = _known(row)
    if not known.in_thread:
        _nothing_to_judge(row)
        return None
    thread = inbox.thread_of(thread_id)
    assessment = judge.assess(_scene(row, thread, calendar_for, scope_default))
    with transaction.atomic():
        return _settle(row, thread, assessment, known, now)


def _nothing_to_judge(row: ThreadRow) -> None:
    """Take the mark off a thread without readable mail, unless one was read meanwhile."""
    with transaction.atomic():
        ThreadRow.objects.select_for_update().get(pk=row.pk)
        if not _known(row).in_thread:
            ThreadRow.objects.filter(pk=row.pk).update(dirty=False)


def _known(row: ThreadRow) -> _Known:
    read = Message.objects.filter(thread__counterpart=row.counterpart, state=Message.State.READ)
    every = read.aggregate(count=Count("pk"), newest=Max("pk"))
    return _Known(read.filter(thread=row).count(), every["count"], every["newest"])


def _scene(row: ThreadRow, thread: Thread, calendar_for: CalendarFor, scope_default: str) -> Scene:
    assert row.counterpart is not None
    organisation = row.counterpart.organisation
    return Scene(
        thread=thread,
        calendar=calendar_for(organisation),
        history=inbox.history_of(row.counterpart.pk, thread.messages[-1].at, row.pk),
        scope=(organisation.contract_scope if organisation else "") or scope_default,
    )


def _settle(row: ThreadRow, thread: Thread, assessment: Assessment, known: _Known, now: datetime) -> int | None:
    """Store and follow up, unless the mail that was judged is no longer all there is."""
    assert row.counterpart_id is not None
    lock(row.counterpart_id)
    ThreadRow.objects.select_for_update().get(pk=row.pk)
    if _known(row) != known:
        return None
    sides = sides_of(assessment, thread)
    _store(row, assessment, sides, now)
    ThreadRow.objects.filter(pk=row.pk).update(dirty=False)
    cases = [_follow_up(row, side, now) for side in sides]
    return next((case for case in cases if case is not None), None)


def _store(row: ThreadRow, assessment: Assessment, sides: tuple[Side, Side], now: datetime) -> None:
    """Keep the assessment once; one that comes back after another counts as the newest again."""
    content = to_json(assessment)
    fingerprint = fingerprint_of(content)
    newest = newest_assessments(ThreadRow.objects.filter(pk=row.pk)).first()
    if newest is not None and newest.fingerprint == fingerprint:
        return
    theirs, ours = sides
    models.Assessment.objects.update_or_create(
        thread=row,
        fingerprint=fingerprint,
        defaults={
            "at": now,
            "flag": assessment.flag,
            "score": assessment.score,
            "severity": assessment.severity.value if assessment.severity else "",
            "categories": list(theirs.categories),
            "own_categories": list(ours.categories),
            "content": content,
        },
    )


def fingerprint_of(content: dict[str, Any]) -> str:
    """SHA-256 (hex) of an assessment's JSON, the same however its keys are ordered."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _follow_up(row: ThreadRow, side: Side, now: datetime) -> int | None:
    """The id of the open case on this side that the thread is in, after opening or joining where it is flagged."""
    assert row.counterpart is not None
    case = open_case(row.counterpart.pk, side.own_staff)
    if case is None and side.flagged and _is_news(row, side):
        case = join_or_open(row.counterpart, side.own_staff, row.last_at, now)
    if case is None:
        return None
    if side.flagged:
        add_thread(case, row, now)
    if not threads_of(case.pk).filter(pk=row.pk).exists():
        return None
    refresh(case)
    return case.pk


def _is_news(row: ThreadRow, side: Side) -> bool:
    """Whether a finding stands in a message that nobody could know when the last case was closed."""
    assert row.counterpart_id is not None
    closed = last_closed(row.counterpart_id, side.own_staff)
    return closed is None or side.newest > closed.closed_upto
