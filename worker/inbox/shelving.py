"""What was put before people in their own mail client, and where they put it then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from worker.domain.mail import Direction
from worker.domain.ports import Shelf
from worker.inbox.models import Location, Mailbox, Message, Shelving

#: So many mails are put there in one round at most.
SHELVE_MAILS = 200
_VERDICTS = (Shelf.APPLIES.value, Shelf.APPLIES_NOT.value)


@dataclass(frozen=True, slots=True)
class ToShelve:
    """Mails of one folder to put before people: message ids by UID."""

    folder: str
    uidvalidity: int
    messages: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Shelved:
    """A mail that lies in a review folder where somebody put it."""

    message_id: int
    thread_id: int
    shelf: Shelf


def to_shelve(mailbox: str, thread_ids: Collection[int]) -> list[ToShelve]:
    """The incoming mails of those threads that lie in the mailbox and were never put before people in it."""
    shelved = Location.objects.filter(folder__mailbox__name=mailbox).exclude(folder__shelf="").values("message")
    done = Shelving.objects.filter(mailbox__name=mailbox).values("message")
    places = (
        Location.objects.filter(folder__mailbox__name=mailbox, folder__shelf="", folder__sent=False, gone_at=None)
        .filter(uidvalidity=F("folder__uidvalidity"), message__thread__in=thread_ids)
        .filter(message__direction=Direction.IN.value)
        .exclude(message__in=shelved)
        .exclude(message__in=done)
    )
    found: dict[tuple[str, int], dict[int, int]] = {}
    seen: set[int] = set()
    for place in places.select_related("folder").order_by("pk")[:SHELVE_MAILS]:
        if place.message_id not in seen:
            found.setdefault((place.folder.name, place.uidvalidity), {})[place.uid] = place.message_id
            seen.add(place.message_id)
    return [ToShelve(*where, messages) for where, messages in found.items()]


def note_shelved(mailbox: str, message_ids: Iterable[int], now: datetime) -> None:
    """Remember that these were put before people, whatever becomes of the copies."""
    row = Mailbox.objects.get(name=mailbox)
    rows = [Shelving(mailbox=row, message_id=message_id, at=now) for message_id in message_ids]
    Shelving.objects.bulk_create(rows, ignore_conflicts=True)


def shelved_by_people(mailbox: str) -> list[Shelved]:
    """The mails that lie in 該当 or 非該当 now, oldest place first."""
    places = Location.objects.filter(
        folder__mailbox__name=mailbox, folder__shelf__in=_VERDICTS, gone_at=None, message__thread__isnull=False
    ).filter(uidvalidity=F("folder__uidvalidity"), message__state=Message.State.READ)
    rows = places.order_by("pk").values_list("message", "message__thread", "folder__shelf")
    return [Shelved(int(message), int(thread), Shelf(shelf)) for message, thread, shelf in rows]
