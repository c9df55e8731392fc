"""Opening a case, joining the open one, and keeping its severity and categories in step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from worker.cases.models import Assessment, Case, CaseThread, Incident
from worker.directory.models import Counterpart
from worker.domain.judgement import Severity
from worker.inbox.models import Message, Thread

State = Case.State


def lock(counterpart_id: int) -> Counterpart:
    """Hold the counterpart's row until the transaction ends, so that joining and closing come one after the other."""
    return Counterpart.objects.select_for_update(no_key=True).get(pk=counterpart_id)


def lock_all(counterparts: Iterable[int]) -> None:
    """:func:`lock` several, always in one order."""
    rows = Counterpart.objects.select_for_update(no_key=True).filter(pk__in=list(counterparts))
    list(rows.order_by("pk").values_list("pk"))


def open_case(counterpart_id: int, own_staff: bool) -> Case | None:
    """The open case of the counterpart, or None."""
    return Case.objects.filter(counterpart_id=counterpart_id, own_staff=own_staff).exclude(state=State.CLOSED).first()


def open_cases(counterparts: Iterable[int]) -> dict[tuple[int, bool], Case]:
    """The open cases of those counterparts, by counterpart and whether it concerns our own people."""
    found = Case.objects.filter(counterpart__in=list(counterparts)).exclude(state=State.CLOSED)
    return {(case.counterpart_id, case.own_staff): case for case in found.select_related("counterpart")}


def last_closed(counterpart_id: int, own_staff: bool) -> Case | None:
    """The case of the counterpart that was closed last, or None."""
    closed = Case.objects.filter(counterpart_id=counterpart_id, own_staff=own_staff, state=State.CLOSED)
    return closed.order_by("-closed_at", "-pk").first()


def newest_message(counterpart_id: int) -> int:
    """The id of the newest message known of the counterpart, 0 where there is none."""
    of_them = Message.objects.filter(counterpart_id=counterpart_id)
    return of_them.order_by("-pk").values_list("pk", flat=True).first() or 0


def join_or_open(counterpart: Counterpart, own_staff: bool, at: datetime, now: datetime) -> Case:
    """The open case, or a new one that follows the last closed one.

    ``at`` is the newest event in it. Of two workers that open at once, the constraint ``one_open_case`` lets one
    through, and the other joins what the first has opened.
    """
    found = open_case(counterpart.pk, own_staff)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return _create(counterpart, own_staff, at, now)
    except IntegrityError:
        return Case.objects.exclude(state=State.CLOSED).get(counterpart=counterpart, own_staff=own_staff)


def _create(counterpart: Counterpart, own_staff: bool, at: datetime, now: datetime) -> Case:
    return Case.objects.create(
        counterpart=counterpart,
        organisation_id=counterpart.organisation_id,
        own_staff=own_staff,
        severity=Severity.LOW.value,
        opened_at=now,
        last_at=at,
        follows=last_closed(counterpart.pk, own_staff),
    )


def threads_of(case_id: int) -> QuerySet[Thread]:
    """The threads of a case."""
    return Thread.objects.filter(case_threads__case=case_id)


def follow_merge(survivor: int, merged: Iterable[int], now: datetime) -> None:
    """Threads became one: the cases of those that are now empty hold the one that stays."""
    moved = CaseThread.objects.filter(thread__in=list(merged))
    rows = [CaseThread(case_id=row.case_id, thread_id=survivor, joined_at=now) for row in moved]
    CaseThread.objects.bulk_create(rows, ignore_conflicts=True)
    moved.delete()


def add_thread(case: Case, thread: Thread, now: datetime) -> None:
    """Put the thread into the case; nothing happens where it is in it."""
    CaseThread.objects.bulk_create([CaseThread(case=case, thread=thread, joined_at=now)], ignore_conflicts=True)


def newest_assessments(threads: QuerySet[Thread]) -> QuerySet[Assessment]:
    """The newest assessment of each of the threads."""
    newest = Assessment.objects.filter(thread=OuterRef("pk")).order_by("-at", "-pk").values("pk")[:1]
    return Assessment.objects.filter(pk__in=threads.annotate(newest=Subquery(newest)).values("newest"))


def refresh(case: Case) -> None:
    """Set severity, categories, organisation and last event from the threads' newest assessments and the incidents.

    Where nothing flags any longer, severity and categories stay: taking a case back is for a person.
    """
    threads = threads_of(case.pk)
    incidents = list(Incident.objects.filter(case=case))
    changes: dict[str, object] = {"last_at": _last_at(case, threads, incidents)}
    found = [*_found_in_mail(case, threads), *((incident.severity, [incident.category]) for incident in incidents)]
    if found:
        severity = max((Severity(name) for name, _ in found), key=lambda one: one.rank)
        categories = sorted({category for _, names in found for category in names})
        changes |= {"severity": severity.value, "severity_rank": severity.rank, "categories": categories}
    if case.organisation_id is None:
        changes["organisation_id"] = case.counterpart.organisation_id
    Case.objects.filter(pk=case.pk).update(**changes)


def _found_in_mail(case: Case, threads: QuerySet[Thread]) -> Iterable[tuple[str, list[str]]]:
    for row in newest_assessments(threads).defer("content"):
        categories = row.own_categories if case.own_staff else row.categories
        if row.flag and categories:
            yield row.severity, categories


def _last_at(case: Case, threads: QuerySet[Thread], incidents: list[Incident]) -> datetime:
    mailed = threads.order_by("-last_at").values_list("last_at", flat=True).first()
    return max([case.last_at, *([mailed] if mailed else []), *(incident.at for incident in incidents)])
