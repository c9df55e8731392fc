"""What must hold for a letter to leave. Asked when it is approved, and again at the moment of sending."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from worker.cases.models import Case, Decision
from worker.cases.opening import threads_of
from worker.directory.queries import Action, may
from worker.inbox import queries as inbox
from worker.inbox.models import Message
from worker.notices.models import Notice

#: An approval older than this no longer speaks of the present.
APPROVAL_DAYS = 14

State = Notice.State


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a letter may not leave now, in a sentence; ``back_to`` is the state from which people go on."""

    back_to: Notice.State
    action: str
    sentence: str


def digest_of(notice: Notice) -> str:
    """SHA-256 (hex) of what an approver approves: recipient, subject and both bodies."""
    frozen = [notice.recipient_name, notice.recipient_address, notice.subject, notice.text, notice.html]
    return hashlib.sha256(json.dumps(frozen, ensure_ascii=False).encode()).hexdigest()


def first_obstacle(notice: Notice, now: datetime) -> Obstacle | None:
    """The first thing that keeps an approved letter from leaving, or None."""
    checks: tuple[Callable[[Notice, datetime], Obstacle | None], ...] = (
        _text_unchanged,
        _matter_unchanged,
        _recipient_proper,
        _deadline_ahead,
        _approval_valid,
        _nothing_new,
    )
    return next((found for check in checks if (found := check(notice, now))), None)


def matter_faults(notice: Notice, now: datetime) -> list[str]:
    """What keeps a letter from being submitted or approved, apart from the approval itself."""
    checks = (_matter_unchanged, _recipient_proper, _deadline_ahead)
    return [found.sentence for check in checks if (found := check(notice, now))]


def addresses_in(case_id: int) -> frozenset[str]:
    """Every address that stands in a mail of the case, as sender, recipient or copy, lower case; and its counterpart's.

    None of them gets a letter about the case.
    """
    case = Case.objects.select_related("counterpart").get(pk=case_id)
    ids = list(threads_of(case_id).values_list("pk", flat=True))
    found = {case.counterpart.address.strip().casefold()}
    for thread in inbox.threads_of(ids).values():
        for message in thread.messages:
            mail = message.parsed
            people = (message.author, *mail.reply_to, *mail.to, *mail.cc, *([mail.sender] if mail.sender else []))
            found.update(person.key for person in people)
    return frozenset(found - {""})


def newest_incoming(counterpart_id: int) -> int:
    """The id of the newest mail of the counterpart that a person wrote, 0 where there is none."""
    theirs = Message.objects.filter(counterpart=counterpart_id, direction="in", automatic="")
    return theirs.order_by("-pk").values_list("pk", flat=True).first() or 0


def newest_decision(case_id: int) -> int | None:
    """The id of the decision that counts."""
    return Decision.objects.filter(case_id=case_id).order_by("-pk").values_list("pk", flat=True).first()


def _text_unchanged(notice: Notice, now: datetime) -> Obstacle | None:
    if notice.digest == digest_of(notice):
        return None
    return Obstacle(State.DRAFT, "lapsed", _("The text is not the one that was approved; submit it again."))


def _matter_unchanged(notice: Notice, now: datetime) -> Obstacle | None:
    if notice.decision_id != newest_decision(notice.case_id):
        sentence = _("The case was decided anew; withdraw this letter and draft it from the new decision.")
    elif notice.case.state == Case.State.CLOSED:
        sentence = _("The case was closed; a letter needs an open one.")
    else:
        return None
    return Obstacle(State.DRAFT, "lapsed", sentence)


def _recipient_proper(notice: Notice, now: datetime) -> Obstacle | None:
    contact = notice.contact
    if contact is None or contact.address.casefold() != notice.recipient_address.casefold():
        sentence = _("The contact was changed in the directory; withdraw this letter and draft it anew.")
    elif contact.organisation_id != notice.organisation_id:
        sentence = _("The contact belongs to another organisation; withdraw this letter and draft it anew.")
    elif notice.recipient_address.casefold() in addresses_in(notice.case_id):
        sentence = _("The recipient stands in the mails of the case; withdraw this letter and write to somebody else.")
    else:
        return None
    return Obstacle(State.DRAFT, "lapsed", sentence)


def _deadline_ahead(notice: Notice, now: datetime) -> Obstacle | None:
    if notice.deadline is None or notice.deadline > local_day(now):
        return None
    return Obstacle(State.DRAFT, "lapsed", _("The day for the answer has passed; set a new one."))


def _approval_valid(notice: Notice, now: datetime) -> Obstacle | None:
    approver = notice.approver
    if approver is None or notice.approved_at is None or approver.pk == notice.author_id:
        sentence = _("Nobody but the author has approved the letter; somebody else has to.")
    elif notice.approved_at < now - timedelta(days=APPROVAL_DAYS):
        sentence = _("The approval is older than %(days)d days; approve it again.") % {"days": APPROVAL_DAYS}
    elif not may(approver, Action.APPROVE):
        sentence = _("%(name)s may no longer approve letters; somebody else has to.") % {"name": approver.shown_name}
    else:
        return None
    return Obstacle(State.SUBMITTED, "lapsed", sentence)


def _nothing_new(notice: Notice, now: datetime) -> Obstacle | None:
    """It may be an apology: the approver looks before the letter leaves."""
    if newest_incoming(notice.case.counterpart_id) <= notice.approved_upto:
        return None
    sentence = _("The counterpart has written since the approval; the approver confirms that the letter still stands.")
    return Obstacle(State.APPROVED, "held", sentence)


def local_day(now: datetime) -> date:
    """The desk's day: Django's time zone is the desk's."""
    return timezone.localdate(now)
