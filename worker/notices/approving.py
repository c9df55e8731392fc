"""The second person: approving, sending back, and saying that a letter still stands."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from worker.cases.permissions import require
from worker.directory.models import User
from worker.directory.queries import Action
from worker.directory.services import record
from worker.domain.errors import Incomplete, NotAllowed, Stale
from worker.notices.checks import digest_of, first_obstacle, matter_faults, newest_incoming
from worker.notices.models import Notice
from worker.notices.states import UNAPPROVED, move, note_event

State = Notice.State


def approve(notice_id: int, user: User, digest: str, now: datetime) -> Notice:
    """Approve a submitted letter exactly as seen, and put it into the outbox.

    ``digest`` is ``digest_of`` the letter that was shown. NotAllowed for the author and for who may not approve;
    Stale where the letter is another by now; Incomplete where it could not leave as it stands.
    """
    notice = _for_approver(notice_id, user)
    if digest != digest_of(notice):
        raise Stale(_("The letter was changed after you saw it; read it again."))
    if sentences := matter_faults(notice, now):
        raise Incomplete({"letter": " ".join(sentences)})
    approval = {
        "approver": user,
        "approved_at": now,
        "approved_upto": newest_incoming(notice.case.counterpart_id),
        "digest": digest,
        "next_attempt_at": now,
        "attempts": 0,
        "error": "",
    }
    with transaction.atomic():
        moved = move(
            notice, user, now, source=[State.SUBMITTED], target=State.QUEUED, action="approved", changes=approval
        )
        note_event(notice.pk, None, now, "queued")
        record(user.username, "notice.approve", f"notice {notice.pk}", {"case": notice.case_id, "digest": digest})
    return moved


def send_back(notice_id: int, user: User, reason: str, now: datetime) -> Notice:
    """Give a submitted or held letter back to its author; Incomplete without a reason, else as in approve."""
    notice = _for_approver(notice_id, user)
    if not reason.strip():
        raise Incomplete({"reason": _("Write what should be changed.")})
    with transaction.atomic():
        return move(
            notice,
            user,
            now,
            source=[State.SUBMITTED, State.APPROVED],
            target=State.DRAFT,
            action="sent_back",
            note=reason.strip(),
            changes=UNAPPROVED,
        )


def still_stands(notice_id: int, user: User, now: datetime) -> Notice:
    """Confirm a held letter after reading what the counterpart has written since; it goes on to the outbox.

    Only its approver; Incomplete where something else keeps it from leaving, Stale where it is not held.
    """
    notice = _for_approver(notice_id, user)
    if user.pk != notice.approver_id:
        raise NotAllowed(_("Only the approver says whether the letter still stands; others can send it back."))
    notice.approved_upto = newest_incoming(notice.case.counterpart_id)
    if obstacle := first_obstacle(notice, now):
        raise Incomplete({"letter": obstacle.sentence})
    changes = {"approved_upto": notice.approved_upto, "held_since": None, "next_attempt_at": now}
    with transaction.atomic():
        moved = move(
            notice, user, now, source=[State.APPROVED], target=State.QUEUED, action="still_stands", changes=changes
        )
        record(user.username, "notice.still_stands", f"notice {notice.pk}", {"case": notice.case_id})
    return moved


def _for_approver(notice_id: int, user: User) -> Notice:
    notice = Notice.objects.select_related("case", "decision", "contact", "author", "approver").get(pk=notice_id)
    if user.pk == notice.author_id:
        raise NotAllowed(_("A letter is approved by somebody other than its author."))
    require(user, Action.APPROVE)
    return notice
