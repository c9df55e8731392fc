"""What people do with a case: take it, remark on it, decide it, close it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from worker.cases.models import Case, Comment, Decision
from worker.cases.opening import lock, newest_message
from worker.cases.permissions import require
from worker.cases.verdict import Conclusion, Verdict, check, chosen
from worker.directory.models import User
from worker.directory.queries import Action, may
from worker.directory.services import record
from worker.domain.errors import Incomplete, NotAllowed, Stale
from worker.domain.policy import Policy

State = Case.State


def assign(case_id: int, user: User, assignee: User | None, version: int, now: datetime) -> None:
    """Give the case to ``assignee`` (None: to nobody).

    NotAllowed where either may not work on cases; Stale where somebody saved since ``version``.
    """
    require(user, Action.WORK_CASES)
    if assignee is not None and not may(assignee, Action.WORK_CASES):
        raise NotAllowed(_("%(name)s may not work on cases; choose somebody else.") % {"name": assignee.shown_name})
    with transaction.atomic():
        case = save(case_id, user, version, now, assignee=assignee, state=State.IN_HAND if assignee else State.REVIEW)
        record(user.username, "case.assign", case.number, {"assignee": assignee.username if assignee else ""})


def comment(case_id: int, user: User, text: str, now: datetime) -> Comment:
    """Append a remark; Incomplete where it is empty."""
    require(user, Action.WORK_CASES)
    if not text.strip():
        raise Incomplete({"text": _("Write a remark first.")})
    with transaction.atomic():
        made = Comment.objects.create(case_id=case_id, by=user, at=now, text=text.strip())
        record(user.username, "case.comment", made.case.number, {"comment": made.pk})
    return made


def note_still_to_answer(case_id: int, user: User, text: str, version: int, now: datetime) -> None:
    """Keep what still has to be answered of the matter itself ("" where nothing is left). Stale as in assign."""
    require(user, Action.WORK_CASES)
    with transaction.atomic():
        case = save(case_id, user, version, now, still_to_answer=text.strip())
        record(user.username, "case.still_to_answer", case.number, {"left": bool(text.strip())})


def decide(case_id: int, user: User, verdict: Verdict, policy: Policy, version: int, now: datetime) -> Decision:
    """Append a decision to an open case and take it in hand.

    NotAllowed where the person's roles do not grant it, Incomplete with a sentence for each field that keeps the
    verdict from being recorded, Stale where somebody saved since ``version``.
    """
    require(user, Action.RECOGNISE if verdict.conclusion is Conclusion.RECOGNISED else Action.DECIDE)
    with transaction.atomic():
        case = save(case_id, user, version, now, state=State.IN_HAND)
        check(verdict, case.categories, policy)
        decision = _append(case, user, verdict, policy, now)
        clauses = [choice.clause for choice in verdict.clauses]
        record(
            user.username,
            "case.decide",
            case.number,
            {"decision": decision.pk, "conclusion": decision.conclusion, "clauses": clauses},
        )
    return decision


def _append(case: Case, user: User, verdict: Verdict, policy: Policy, now: datetime) -> Decision:
    return Decision.objects.create(
        case=case,
        by=user,
        at=now,
        demand_reasonable=verdict.demand_reasonable,
        manner_acceptable=verdict.manner_acceptable,
        environment_harmed=verdict.environment_harmed,
        accommodation_checked=verdict.accommodation_checked,
        conclusion=verdict.conclusion,
        dismissal=verdict.dismissal or "",
        clauses=chosen(verdict, case.categories, policy),
        ground=verdict.ground.strip(),
    )


def close(case_id: int, user: User, version: int, now: datetime) -> None:
    """Close a decided case; what the counterpart writes from now on opens a linked one.

    NotAllowed, Stale as in decide; Incomplete where nobody has decided yet.
    """
    require(user, Action.CLOSE)
    with transaction.atomic():
        counterpart = lock(Case.objects.values_list("counterpart_id", flat=True).get(pk=case_id))
        if not Decision.objects.filter(case_id=case_id).exists():
            raise Incomplete({"decision": _("Decide the case before closing it.")})
        upto = newest_message(counterpart.pk)
        case = save(case_id, user, version, now, state=State.CLOSED, closed_at=now, closed_upto=upto)
        record(user.username, "case.close", case.number, {})


def save(case_id: int, user: User, version: int, now: datetime, **changes: Any) -> Case:
    """Save over exactly ``version`` of an open case; Stale names who was faster, and when."""
    rows = Case.objects.filter(pk=case_id, version=version).exclude(state=State.CLOSED)
    changed = rows.update(version=F("version") + 1, saved_by=user, saved_at=now, **changes)
    case = Case.objects.select_related("saved_by", "counterpart").get(pk=case_id)
    if changed != 1:
        raise Stale(_stale(case))
    return case


def _stale(case: Case) -> str:
    name = case.saved_by.shown_name if case.saved_by else _("somebody")
    when = case.saved_at.strftime("%Y-%m-%d %H:%M UTC") if case.saved_at else ""
    if case.state == State.CLOSED:
        return _("%(name)s closed the case (%(when)s); open it again to see how it stands.") % {
            "name": name,
            "when": when,
        }
    return _("%(name)s saved the case in between (%(when)s); look at it again and repeat your change.") % {
        "name": name,
        "when": when,
    }
