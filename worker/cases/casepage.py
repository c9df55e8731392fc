"""Putting a case's page together, in a number of queries that does not grow with its mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from worker.cases.ledger import merge
from worker.cases.models import Assessment, Case, Comment, Decision, Incident, Opinion
from worker.cases.opening import newest_assessments, threads_of
from worker.cases.view import (
    CaseLine,
    CaseView,
    OffHoursFact,
    ShownClause,
    ShownComment,
    ShownDecision,
    ShownEvidence,
    ShownIncident,
    ShownMessage,
    ShownOpinion,
    ShownThread,
)
from worker.domain import judgement
from worker.domain.judgement import Category, Severity
from worker.domain.mail import Address, Direction, Thread
from worker.inbox import queries as inbox
from worker.inbox.models import Message
from worker.rulepacks.serialise import from_json

#: How many other cases are listed, of the counterpart and of the organisation each.
EARLIER = 50


def case_view(case_id: int) -> CaseView:
    """The page of one case; ``Case.DoesNotExist`` where there is none. Who may see it is asked by the caller."""
    case = Case.objects.select_related("counterpart__organisation", "organisation", "assignee").get(pk=case_id)
    rows = threads_of(case.pk)
    assessed = [(row, from_json(row.content)) for row in newest_assessments(rows).select_related("thread")]
    threads = inbox.threads_of(rows.values_list("pk", flat=True))
    messages = tuple(_messages(case, threads, [content for _, content in assessed]))
    incidents = tuple(Incident.objects.filter(case=case).select_related("reported_by").order_by("at", "pk"))
    return CaseView(
        **_facts(case),
        threads=tuple(_thread(row, content) for row, content in assessed),
        messages=messages,
        ledger=merge((content.ledger for _, content in assessed), incidents),
        off_hours=tuple(_off_hours(messages)),
        incidents=tuple(_incident(row) for row in incidents),
        decisions=tuple(_decision(row) for row in _newest_first(Decision.objects.filter(case=case))),
        comments=tuple(_comment(row) for row in Comment.objects.filter(case=case).select_related("by").order_by("at")),
        earlier=_lines(_same_side(case).filter(counterpart=case.counterpart_id).exclude(pk=case.pk)),
        of_organisation=_of_organisation(case),
        other_mail=_other_mail(case, list(threads)),
        opinions=tuple(_opinion(row) for row in case.opinions.select_related("settled_by").order_by("pk")),
    )


def _opinion(row: Opinion) -> ShownOpinion:
    by = row.settled_by.shown_name if row.settled_by else ""
    return ShownOpinion(row.pk, row.message_id, row.mailbox, row.applies, row.at, by, bool(row.agreed))


def _facts(case: Case) -> dict[str, Any]:
    counterpart = case.counterpart
    organisation = case.organisation or counterpart.organisation  # the directory may have learnt of it since
    return {
        "id": case.pk,
        "number": case.number,
        "state": case.state,
        "version": case.version,
        "severity": Severity(case.severity),
        "categories": _categories(case.categories),
        "own_staff": case.own_staff,
        "opened_at": case.opened_at,
        "last_at": case.last_at,
        "closed_at": case.closed_at,
        "counterpart_id": counterpart.pk,
        "counterpart": Address(counterpart.name, counterpart.address),
        "pseudonym": counterpart.pseudonym,
        "organisation_id": organisation.pk if organisation else None,
        "organisation": organisation.name if organisation else "",
        "organisation_language": organisation.language if organisation else "",
        "contract_clause": organisation.contract_clause if organisation else "",
        "assignee_id": case.assignee_id,
        "assignee": case.assignee.shown_name if case.assignee else "",
        "still_to_answer": case.still_to_answer,
        "follows_id": case.follows_id,
    }


def _categories(names: Iterable[str]) -> tuple[Category, ...]:
    return tuple(Category(name) for name in names)


def _thread(row: Assessment, content: judgement.Assessment) -> ShownThread:
    return ShownThread(
        id=row.thread_id,
        subject=row.thread.subject,
        flag=row.flag,
        severity=content.severity,
        score=row.score,
        assessed_at=row.at,
        weighing=content.weighing,
    )


def _messages(
    case: Case, threads: dict[int, Thread], assessments: Sequence[judgement.Assessment]
) -> Iterator[ShownMessage]:
    """All mails of the threads, oldest first, each with its own evidence, numbered through."""
    number = count(1)
    found = [item for assessment in assessments for item in assessment.evidence]
    wanted = Direction.OUT if case.own_staff else Direction.IN
    placed = [(thread_id, message) for thread_id, thread in threads.items() for message in thread.messages]
    for thread_id, message in sorted(placed, key=lambda one: (one[1].at, one[1].key)):
        here = [item for item in found if item.finding.message == message.key and message.direction is wanted]
        here.sort(key=lambda item: (item.finding.field, item.finding.start))
        evidence = tuple(_evidence(next(number), item) for item in _once(here))
        yield ShownMessage(int(message.key), thread_id, message, evidence)


def _once(items: list[judgement.Evidence]) -> Iterator[judgement.Evidence]:
    """Each finding once: two threads of one case may both have seen it."""
    seen: set[tuple[object, ...]] = set()
    for item in items:
        finding = item.finding
        key = (finding.rule, finding.category, finding.field, finding.start, finding.end, finding.fact)
        if key not in seen:
            seen.add(key)
            yield item


def _evidence(number: int, item: judgement.Evidence) -> ShownEvidence:
    finding = item.finding
    return ShownEvidence(
        number=number,
        message_id=int(finding.message),
        field=finding.field,
        start=finding.start,
        end=finding.end,
        text=finding.text,
        fact=finding.fact,
        category=finding.category,
        detector=finding.detector,
        rule=finding.rule,
        reason=finding.reason,
        clause=item.clause,
        residual=item.residual,
        strength=finding.strength,
        damped=finding.damped,
    )


def _off_hours(messages: Iterable[ShownMessage]) -> Iterator[OffHoursFact]:
    for shown in messages:
        for item in shown.evidence:
            if item.category is Category.OFF_HOURS:
                yield OffHoursFact(shown.id, shown.message.at, item.text, item.fact)


def _incident(row: Incident) -> ShownIncident:
    return ShownIncident(
        id=row.pk,
        channel=row.channel,
        at=row.at,
        minutes=row.minutes,
        category=Category(row.category),
        severity=Severity(row.severity),
        repeats=row.repeats,
        said=row.said,
        answered=row.answered,
        by=row.reported_by.shown_name,
        reported_at=row.reported_at,
    )


def _newest_first(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    return rows.select_related("by").order_by("-pk")


def _decision(row: Decision) -> ShownDecision:
    return ShownDecision(
        id=row.pk,
        by=row.by.shown_name,
        at=row.at,
        demand_reasonable=row.demand_reasonable,
        manner_acceptable=row.manner_acceptable,
        environment_harmed=row.environment_harmed,
        about_work=row.about_work,
        accommodation_checked=row.accommodation_checked,
        conclusion=row.conclusion,
        dismissal=row.dismissal,
        clauses=tuple(ShownClause(**clause) for clause in row.clauses),
        ground=row.ground,
    )


def _comment(row: Comment) -> ShownComment:
    return ShownComment(row.pk, row.by.shown_name, row.at, row.text)


def _of_organisation(case: Case) -> tuple[CaseLine, ...]:
    if case.organisation_id is None:
        return ()
    others = _same_side(case).filter(organisation=case.organisation_id)
    return _lines(others.exclude(counterpart=case.counterpart_id))


def _same_side(case: Case) -> QuerySet[Case]:
    """Cases about our own people are listed beside such cases alone: others must not hear of them here."""
    return Case.objects.filter(own_staff=case.own_staff)


def _lines(cases: QuerySet[Case]) -> tuple[CaseLine, ...]:
    newest = Decision.objects.filter(case=OuterRef("pk")).order_by("-pk").values("conclusion")[:1]
    rows = cases.select_related("counterpart").annotate(conclusion=Subquery(newest)).order_by("-opened_at", "-pk")
    return tuple(
        CaseLine(
            id=row.pk,
            number=row.number,
            state=row.state,
            severity=Severity(row.severity),
            categories=_categories(row.categories),
            pseudonym=row.counterpart.pseudonym,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            conclusion=row.conclusion or "",
        )
        for row in rows[:EARLIER]
    )


def _other_mail(case: Case, threads: list[int]) -> int:
    theirs = Message.objects.filter(counterpart=case.counterpart_id, direction="in", automatic="")
    return theirs.filter(at__gt=case.opened_at).exclude(thread__in=threads).count()
