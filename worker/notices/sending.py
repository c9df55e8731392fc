"""The outbox. A letter leaves at most once, whatever crashes when.

One worker claims the row by a conditional update, asks every check again, notes that it is about to hand the letter
over, and only then does so. A worker that dies before that note has sent nothing, and the letter goes back into the
queue; one that dies after it leaves the letter ``uncertain``, and a person decides.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from worker.cases.permissions import require
from worker.directory.models import User
from worker.directory.queries import Action
from worker.directory.services import record
from worker.domain.errors import ChannelError, Incomplete, NoticeError
from worker.domain.ports import Delivery, OutgoingLetter
from worker.notices.checks import Obstacle, first_obstacle
from worker.notices.mail import compose
from worker.notices.models import Notice, NoticeRecipient
from worker.notices.outbox import Outbox
from worker.notices.states import UNAPPROVED, move, note_event

log = logging.getLogger(__name__)

State = Notice.State

#: Waits before the next attempts, in minutes; after the last one a person is asked.
BACK_OFF = (1, 5, 15, 60, 240, 720)
#: A claim this old belongs to a worker that died: all its waits for the relay together are shorter.
STALE = timedelta(minutes=15)
#: So long a missing copy in the Sent folder is tried again.
COPY_FOR = timedelta(days=7)

UNCLAIMED: Mapping[str, Any] = {"claim": "", "claimed_at": None, "handed_at": None}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt: the state to save, the line of history, and each recipient's word."""

    state: Notice.State
    action: str
    error: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    delivery: Delivery | None = None


def due(now: datetime) -> list[int]:
    """Ids of the letters for ``deliver``: queued, left behind by a worker that died, or without their copy."""
    queued = Q(state=State.QUEUED, next_attempt_at__lte=now)
    left = Q(state=State.SENDING, claimed_at__lte=now - STALE)
    copy = Q(state=State.SENT, copy_wanted=True, copy_kept=False, sent_at__gt=now - COPY_FOR)
    return list(Notice.objects.filter(queued | left | copy).order_by("pk").values_list("pk", flat=True))


def deliver(notice_id: int, outbox: Outbox, now: datetime) -> Notice.State:
    """Do what is due for one letter and give its state afterwards.

    Safe to call at any time, twice, and by several workers: whoever does not get the claim does nothing.
    """
    claim = _claim(notice_id, now)
    if claim:
        _attempt(notice_id, claim, outbox, now)
    else:
        _pick_up(notice_id, outbox, now)
    _keep_copy(notice_id, outbox, now)
    state = Notice.State(Notice.objects.values_list("state", flat=True).get(pk=notice_id))
    log.info("notice %d: %s", notice_id, state)
    return state


def settle_uncertain(notice_id: int, user: User, was_sent: bool, note: str, now: datetime) -> Notice:
    """A person's word on a letter in doubt: it arrived, or it did not and goes out again (same Message-ID).

    NotAllowed for who may not send; Incomplete without a note that says how it was found out.
    """
    require(user, Action.SEND)
    if not note.strip():
        raise Incomplete({"note": _("Write how you found out.")})
    notice = Notice.objects.get(pk=notice_id)
    if was_sent:
        target, action, changes = State.SENT, "settled_sent", {"sent_at": notice.handed_at or now, "error": ""}
    else:
        target, action, changes = State.QUEUED, "settled_again", {**UNCLAIMED, "next_attempt_at": now, "error": ""}
    with transaction.atomic():
        moved = move(
            notice,
            user,
            now,
            source=[State.UNCERTAIN],
            target=target,
            action=action,
            note=note.strip(),
            changes=changes,
        )
        record(user.username, "notice.settle", f"notice {notice_id}", {"was_sent": was_sent})
    return moved


def try_again(notice_id: int, user: User, now: datetime) -> Notice:
    """Put a letter that failed back into the queue, once its cause is mended. NotAllowed for who may not send."""
    require(user, Action.SEND)
    notice = Notice.objects.get(pk=notice_id)
    changes = {**UNCLAIMED, "next_attempt_at": now, "attempts": 0, "error": ""}
    with transaction.atomic():
        return move(notice, user, now, source=[State.FAILED], target=State.QUEUED, action="queued", changes=changes)


def note_answer(notice_id: int, user: User, note: str, now: datetime) -> Notice:
    """Record that the organisation answered, so that the letter is no longer overdue."""
    require(user, Action.DRAFT)
    notice = Notice.objects.get(pk=notice_id)
    with transaction.atomic():
        return move(
            notice,
            user,
            now,
            source=[State.SENT],
            target=State.SENT,
            action="answered",
            note=note.strip(),
            changes={"answered_at": now},
        )


def _claim(notice_id: int, now: datetime) -> str:
    """A new claim on a queued letter, or "" where it is not ours to send now."""
    claim = secrets.token_hex(16)
    queued = Notice.objects.filter(pk=notice_id, state=State.QUEUED, next_attempt_at__lte=now)
    won = queued.update(
        state=State.SENDING,
        claim=claim,
        claimed_at=now,
        handed_at=None,
        attempts=F("attempts") + 1,
        version=F("version") + 1,
    )
    return claim if won == 1 else ""


def _attempt(notice_id: int, claim: str, outbox: Outbox, now: datetime) -> None:
    notice = _load(notice_id)
    obstacle = first_obstacle(notice, now)
    if obstacle is not None:
        _stand_back(notice, claim, obstacle, now)
    elif notice.attempts > 1 and outbox.holds(notice.message_id):
        _save(notice, claim, Outcome(State.SENT, "found", changes={"sent_at": now, "copy_kept": True}), now)
    else:
        _send(notice, claim, outbox, now)


def _load(notice_id: int) -> Notice:
    return Notice.objects.select_related("case", "decision", "contact", "author", "approver").get(pk=notice_id)


def _stand_back(notice: Notice, claim: str, obstacle: Obstacle, now: datetime) -> None:
    held = {"held_since": now, "next_attempt_at": None}
    changes = {**UNCLAIMED, **held} if obstacle.back_to is State.APPROVED else UNAPPROVED
    outcome = Outcome(obstacle.back_to, obstacle.action, obstacle.sentence, {**changes})
    _save(notice, claim, outcome, now)


def _send(notice: Notice, claim: str, outbox: Outbox, now: datetime) -> None:
    try:
        letter = compose(notice, outbox.sender, outbox.reply_to, now)
    except NoticeError as error:
        _save(notice, claim, Outcome(State.FAILED, "failed", str(error)), now)
        return
    if not _about_to_hand_over(notice, claim, letter, outbox, now):
        return
    outcome = _hand_over(notice, letter, outbox, now)
    _save(notice, claim, outcome, now)
    if outcome.state is State.UNCERTAIN:
        _look_in_sent(notice.pk, claim, outbox, now)


def _about_to_hand_over(notice: Notice, claim: str, letter: OutgoingLetter, outbox: Outbox, now: datetime) -> bool:
    """Keep the bytes and note the moment; False where the claim was taken from a worker that slept too long."""
    ours = Notice.objects.filter(pk=notice.pk, claim=claim, state=State.SENDING, handed_at=None)
    return ours.update(handed_at=now, raw=letter.raw, copy_wanted=outbox.keeps_copies) == 1


def _hand_over(notice: Notice, letter: OutgoingLetter, outbox: Outbox, now: datetime) -> Outcome:
    try:
        delivery = outbox.channel.send(letter)
    except ChannelError as error:
        return _refused(notice, error, now)
    except Exception as error:
        log.exception("notice %d: the channel failed in an unforeseen way", notice.pk)
        return Outcome(State.UNCERTAIN, "uncertain", f"The channel failed ({type(error).__name__}); it may have left.")
    return Outcome(State.SENT, "sent", changes={"sent_at": now}, delivery=delivery)


def _refused(notice: Notice, error: ChannelError, now: datetime) -> Outcome:
    if error.uncertain:
        return Outcome(State.UNCERTAIN, "uncertain", str(error))
    if error.permanent or notice.attempts > len(BACK_OFF):
        return Outcome(State.FAILED, "failed", str(error))
    later = now + timedelta(minutes=BACK_OFF[notice.attempts - 1])
    return Outcome(State.QUEUED, "put_off", str(error), {**UNCLAIMED, "next_attempt_at": later})


def _save(notice: Notice, claim: str, outcome: Outcome, now: datetime) -> bool:
    """Save the outcome while the claim is ours; a certain "sent" also where the letter was given up as uncertain."""
    states = [State.SENDING, State.UNCERTAIN] if outcome.state is State.SENT else [State.SENDING]
    with transaction.atomic():
        ours = Notice.objects.filter(pk=notice.pk, claim=claim, state__in=states)
        changes = {"error": outcome.error[:500], "version": F("version") + 1, **outcome.changes}
        if ours.update(state=outcome.state, **changes) != 1:
            return False
        note_event(notice.pk, None, now, outcome.action, outcome.error)
        if outcome.delivery is not None:
            _note_recipients(notice.pk, outcome.delivery)
        record("system", f"notice.{outcome.action}", f"notice {notice.pk}", {"attempt": notice.attempts})
    return True


def _note_recipients(notice_id: int, delivery: Delivery) -> None:
    rows = NoticeRecipient.objects.filter(notice_id=notice_id)
    rows.filter(address__in=delivery.accepted).update(state=NoticeRecipient.State.ACCEPTED, detail="")
    for address, words in delivery.refused:
        rows.filter(address=address).update(state=NoticeRecipient.State.REFUSED, detail=words[:300])


def _pick_up(notice_id: int, outbox: Outbox, now: datetime) -> None:
    """See to a letter whose worker died: back into the queue where nothing can have left, else uncertain."""
    notice = Notice.objects.filter(pk=notice_id, state=State.SENDING, claimed_at__lte=now - STALE).first()
    if notice is None:
        return
    if notice.handed_at is None:
        rows = Notice.objects.filter(pk=notice_id, claim=notice.claim, state=State.SENDING, handed_at=None)
        if rows.update(state=State.QUEUED, next_attempt_at=now, version=F("version") + 1, **UNCLAIMED) == 1:
            note_event(notice_id, None, now, "requeued", "The worker ended before the letter was handed over.")
        return
    sentence = "The worker ended while the letter was handed over; it may have left."
    if _save(notice, notice.claim, Outcome(State.UNCERTAIN, "uncertain", sentence), now):
        _look_in_sent(notice_id, notice.claim, outbox, now)


def _look_in_sent(notice_id: int, claim: str, outbox: Outbox, now: datetime) -> None:
    """Found in a Sent folder means sent; absent means that we still do not know."""
    notice = _load(notice_id)
    if outbox.holds(notice.message_id):
        changes = {"sent_at": notice.handed_at or now, "copy_kept": True}
        _save(notice, claim, Outcome(State.SENT, "found", changes=changes), now)


def _keep_copy(notice_id: int, outbox: Outbox, now: datetime) -> None:
    """Append the copy of a sent letter; two workers at once may both ask, and the folder is asked first."""
    missing = Notice.objects.filter(pk=notice_id, state=State.SENT, copy_wanted=True, copy_kept=False)
    notice = missing.first()
    if notice is None or notice.raw is None or not outbox.keeps_copies:
        return
    if outbox.keep(notice.message_id, bytes(notice.raw)) and missing.update(copy_kept=True) == 1:
        note_event(notice_id, None, now, "copy_kept")
