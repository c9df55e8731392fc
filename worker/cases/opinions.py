"""Opinions from people's own mail clients: noted as what they are, and settled by a person in the desk."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from worker.cases.models import Case, CaseThread, Opinion
from worker.cases.permissions import require
from worker.directory.models import User
from worker.directory.queries import Action
from worker.directory.services import record
from worker.domain.errors import Stale
from worker.domain.ports import Shelf
from worker.inbox.shelving import Shelved, shelved_by_people


def threads_under_review() -> list[int]:
    """The threads of the open cases that whoever opens the mailbox may see: none about our own people."""
    open_cases = Case.objects.filter(own_staff=False).exclude(state=Case.State.CLOSED)
    return list(CaseThread.objects.filter(case__in=open_cases).values_list("thread", flat=True).distinct())


def notice_opinions(mailbox: str, now: datetime) -> int:
    """Note what lies in 該当 and 非該当 as opinions on the open cases; how many are new.

    Who put a mail there is not known. The same mail in the same folder is one opinion; put into the other one, another.
    """
    return sum(_notice(mailbox, shelved, now) for shelved in shelved_by_people(mailbox))


def _notice(mailbox: str, shelved: Shelved, now: datetime) -> bool:
    case = Case.objects.filter(own_staff=False, case_threads__thread=shelved.thread_id).order_by("-pk").first()
    if case is None or case.state == Case.State.CLOSED:
        return False
    applies = shelved.shelf is Shelf.APPLIES
    earlier = Opinion.objects.filter(case=case, message=shelved.message_id, mailbox=mailbox).order_by("-pk").first()
    if earlier is not None and earlier.applies is applies:
        return False
    Opinion.objects.create(case=case, message_id=shelved.message_id, mailbox=mailbox, applies=applies, at=now)
    return True


def settle_opinion(opinion_id: int, user: User, agrees: bool, now: datetime) -> Opinion:
    """Say as a person whether the opinion holds; it stays an opinion, and decides nothing.

    NotAllowed where ``user`` may not work on cases, Stale where somebody settled it before.
    """
    require(user, Action.WORK_CASES)
    with transaction.atomic():
        changed = Opinion.objects.filter(pk=opinion_id, settled_by=None).update(
            settled_by=user, settled_at=now, agreed=agrees
        )
        opinion = Opinion.objects.select_related("case", "settled_by").get(pk=opinion_id)
        if not changed:
            by = opinion.settled_by.shown_name if opinion.settled_by else ""
            raise Stale(_("%(name)s has settled this opinion already.") % {"name": by})
        record(user.username, "case.opinion", opinion.case.number, {"opinion": opinion.pk, "agreed": agrees})
    return opinion
