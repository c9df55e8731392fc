"""From fetched bytes to rows: original, identity and place in one transaction, before anything else happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from worker.domain.mail import Direction
from worker.domain.ports import Fetched
from worker.domain.text import fit
from worker.inbox.identity import identify, peek_message_id
from worker.inbox.models import Folder, Location, Message, Original
from worker.inbox.originals import row_of

STORE_BATCH = 200


@dataclass(frozen=True, slots=True)
class _Mail:
    """A fetched mail with its identity."""

    key: str
    sha256: str
    fetched: Fetched


def store(folder: Folder, uidvalidity: int, fetched: Sequence[Fetched], now: datetime) -> list[int]:
    """Keep the mails of one folder; the ids of messages to read: the new ones, rising.

    A mail that is known already only gets its new place. One that turns up in a Sent folder after it was read as
    incoming is to be read again. Nothing is parsed, so no mail can stop another; run twice, or by two workers at
    once, it leaves the same rows. ``now`` stands in where the folder gives no date.
    """
    ids: set[int] = set()
    for start in range(0, len(fetched), STORE_BATCH):
        ids |= _store_batch(folder, uidvalidity, fetched[start : start + STORE_BATCH], now)
    return sorted(ids)


def _store_batch(folder: Folder, uidvalidity: int, fetched: Sequence[Fetched], now: datetime) -> set[int]:
    mails = [_Mail(found.key, found.sha256, mail) for mail in fetched for found in [identify(mail)]]
    once = {mail.key: mail for mail in mails}
    with transaction.atomic():
        known = set(Message.objects.filter(identity__in=once).values_list("identity", flat=True))
        new = [once[key] for key in sorted(once.keys() - known)]  # in one order, so that two workers never embrace
        _create(new, folder, now)
        ids = dict(Message.objects.filter(identity__in=once).values_list("identity", "pk"))
        _place(folder, uidvalidity, mails, ids)
        again = _now_outgoing(folder, [ids[key] for key in known])
    return {ids[mail.key] for mail in new} | again


def _create(new: Iterable[_Mail], folder: Folder, now: datetime) -> None:
    mails = list(new)
    originals = {mail.sha256: mail.fetched.raw for mail in mails}
    rows = [row_of(sha256, raw) for sha256, raw in sorted(originals.items())]
    Original.objects.bulk_create(rows, ignore_conflicts=True)
    Message.objects.bulk_create([_message(mail, folder, now) for mail in mails], ignore_conflicts=True)


def _message(mail: _Mail, folder: Folder, now: datetime) -> Message:
    fetched = mail.fetched
    out = folder.sent or fetched.direction is Direction.OUT
    return Message(
        identity=mail.key,
        original_id=mail.sha256,
        complete=fetched.complete,
        direction=(Direction.OUT if out else Direction.IN).value,
        at=fetched.internal_date or now,
        internal_at=fetched.internal_date,
        message_id=fit(peek_message_id(fetched.raw[:65536]).decode("utf-8", "replace"), 500),
    )


def _place(folder: Folder, uidvalidity: int, mails: Iterable[_Mail], ids: dict[str, int]) -> None:
    rows = [
        Location(message_id=ids[mail.key], folder=folder, uidvalidity=uidvalidity, uid=mail.fetched.uid)
        for mail in sorted(mails, key=lambda mail: mail.fetched.uid)
    ]
    Location.objects.bulk_create(rows, ignore_conflicts=True)


def _now_outgoing(folder: Folder, known: Sequence[int]) -> set[int]:
    """Mails that were read as incoming before their copy in the Sent folder was seen: back to be read again."""
    if not folder.sent:
        return set()
    mistaken = Message.objects.filter(pk__in=known, direction=Direction.IN.value)
    read = set(mistaken.filter(state=Message.State.READ).values_list("pk", flat=True))
    mistaken.update(direction=Direction.OUT.value)
    Message.objects.filter(pk__in=read).update(state=Message.State.STORED, attempts=0)
    return read
