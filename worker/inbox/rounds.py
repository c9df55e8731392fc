"""One round over a mailbox: what is new by UID, in ranges; each range is fetched and stored by itself.

Once in a while all UIDs are compared with our rows, so that no mail is missed for good and vanished ones are noted. The UID to begin at moves only over mails whose rows exist, so a range that was lost is asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db.models import QuerySet

from worker.domain.clock import now
from worker.domain.errors import MailboxError
from worker.domain.ports import Fetched, FolderStatus, MailReader, ServerTraits, Shelf
from worker.inbox import services
from worker.inbox.models import Folder, Location, Mailbox

RANGE_MAILS = 500
#: All UIDs of a folder are compared with our rows this often; where the counts differ, sooner.
COMPARE_EVERY, COMPARE_PAUSE = timedelta(days=1), timedelta(minutes=10)
#: A folder may change its UIDVALIDITY so often a day; some servers give a new one at every session.
RESYNCS_A_DAY = 3
#: So many bytes are held at once at most (and one mail more), however large the mails are.
STORE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Range:
    """Mails of one folder to fetch: UIDs under one UIDVALIDITY. Carries no mail, so it may travel as a message."""

    folder: int
    uidvalidity: int
    uids: tuple[int, ...]

    def message(self, mailbox: str) -> tuple[str, int, int, list[int]]:
        """The range as the arguments of a task."""
        return mailbox, self.folder, self.uidvalidity, list(self.uids)

    def still_missing(self) -> Range:
        """The range without what has a row by now: a task may come twice, or late."""
        known = set(
            Location.objects.filter(
                folder_id=self.folder, uidvalidity=self.uidvalidity, uid__gte=min(self.uids), uid__lte=max(self.uids)
            ).values_list("uid", flat=True)
        )
        return Range(self.folder, self.uidvalidity, tuple(uid for uid in self.uids if uid not in known))


def mailbox_row(name: str) -> Mailbox:
    """What we remember of the mailbox of that name, from its first round on."""
    return Mailbox.objects.get_or_create(name=name)[0]


def note_server(mailbox: Mailbox, traits: ServerTraits) -> None:
    """Remember what kind of server the mailbox is on, and what it offers."""
    found = (traits.profile.value, list(traits.capabilities))
    if found != (mailbox.profile, mailbox.capabilities):
        mailbox.profile, mailbox.capabilities = found
        mailbox.save(update_fields=["profile", "capabilities"])


def plan(
    reader: MailReader,
    mailbox: Mailbox,
    sent: Sequence[str],
    at: datetime | None = None,
    shelves: Mapping[str, Shelf] = MappingProxyType({}),
) -> Iterator[Range]:
    """The ranges of mails that lie on the server and not in our rows, folder by folder; ``shelves`` are for review.

    MailboxError, after the ranges of the other folders, for a folder whose UIDVALIDITY changes all the time.
    """
    moment, restless = at or now(), []
    for name in reader.folders():
        kind = {"sent": name in sent, "shelf": shelves[name].value if name in shelves else ""}
        folder, _ = Folder.objects.get_or_create(mailbox=mailbox, name=name, defaults=kind)
        status = reader.status(name)
        if _is_restless(folder, status, moment):
            restless.append(name)
            continue
        _note_status(folder, status, moment)
        yield from _ranges(folder, _missing(reader, folder, status, moment))
    if restless:
        raise MailboxError(
            f"folder {restless[0]!r} has had a new UIDVALIDITY {RESYNCS_A_DAY} times today; it is left alone until it "
            "keeps one or the day ends: ask whoever runs the mail server.",
            kind="protocol",
        )


def fetch(reader: MailReader, work: Range, at: datetime, go_on: Callable[[], object] = lambda: None) -> list[int]:
    """Fetch and store one range; the ids of new messages. Under a changed UIDVALIDITY it is left to the next round.

    ``go_on`` is called after each stored part, for claims to be renewed.
    """
    folder = Folder.objects.get(pk=work.folder)
    if _validity(reader.status(folder.name), folder) != work.uidvalidity:
        return []
    new: list[int] = []
    for batch in _batches(reader.fetch(folder.name, work.uids)):
        new += services.store(folder, work.uidvalidity, batch, at)
        go_on()
    return new


def _batches(mails: Iterable[Fetched]) -> Iterator[list[Fetched]]:
    batch: list[Fetched] = []
    weight = 0
    for mail in mails:
        batch.append(mail)
        weight += len(mail.raw)
        if len(batch) >= services.STORE_BATCH or weight >= STORE_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _is_restless(folder: Folder, status: FolderStatus, at: datetime) -> bool:
    """Whether the folder comes with another UIDVALIDITY once more, after as many today as we put up with."""
    changed = folder.uidvalidity is not None and _validity(status, folder) != folder.uidvalidity
    return changed and folder.resynced_on == at.date() and folder.resyncs >= RESYNCS_A_DAY


def _note_status(folder: Folder, status: FolderStatus, at: datetime) -> None:
    """Remember count and validity; under a new UIDVALIDITY reading begins anew and rows are matched by identity."""
    folder.server_count = status.count
    validity = _validity(status, folder)
    if folder.uidvalidity not in (None, validity):
        folder.resyncs = folder.resyncs + 1 if folder.resynced_on == at.date() else 1
        folder.resynced_on = at.date()
        Location.objects.filter(folder=folder, gone_at=None).update(gone_at=at)
    if validity != folder.uidvalidity:
        folder.uidvalidity, folder.next_uid, folder.compared_at = validity, 1, None
    folder.save(update_fields=["server_count", "uidvalidity", "next_uid", "compared_at", "resyncs", "resynced_on"])


def _missing(reader: MailReader, folder: Folder, status: FolderStatus, at: datetime) -> list[int]:
    """The UIDs without a row: of new mail; of the whole folder once a day, and where nothing is new but counts differ.

    Review folders are small, and what people move in them is to be seen at once: compared every time.
    """
    age = at - folder.compared_at if folder.compared_at and not folder.shelf else COMPARE_EVERY
    if age < COMPARE_EVERY:
        unknown = []
        if status.uidnext > folder.next_uid:
            unknown = _unknown(folder, reader.uids(folder.name, folder.next_uid), status)
        if unknown or age < COMPARE_PAUSE or status.count == _current(folder).count():
            return unknown
    return _compare(folder, reader.uids(folder.name), status, at)


def _compare(folder: Folder, uids: Sequence[int], status: FolderStatus, at: datetime) -> list[int]:
    """The UIDs of the whole folder that have no row: also mail whose UID is lower than what was asked for before.

    Places where mail is found no more are noted as such, and those where it is found again are places again.
    """
    lying = set(uids)
    places = Location.objects.filter(folder=folder, uidvalidity=folder.uidvalidity or 0)
    known = dict(places.values_list("uid", "gone_at"))
    _note_gone(places, [uid for uid, gone in known.items() if gone is None and uid not in lying], at)
    _note_gone(places, [uid for uid, gone in known.items() if gone is not None and uid in lying], None)
    unknown = sorted(lying - known.keys())
    folder.next_uid = unknown[0] if unknown else status.uidnext
    folder.compared_at = at
    folder.save(update_fields=["next_uid", "compared_at"])
    return unknown


def _note_gone(places: QuerySet[Location], uids: Sequence[int], at: datetime | None) -> None:
    for start in range(0, len(uids), RANGE_MAILS):
        places.filter(uid__in=uids[start : start + RANGE_MAILS]).update(gone_at=at)


def _current(folder: Folder) -> QuerySet[Location]:
    return Location.objects.filter(folder=folder, uidvalidity=folder.uidvalidity or 0, gone_at=None)


def _validity(status: FolderStatus, folder: Folder) -> int:
    """The server's value; where it gave none that can be read, the one we know (a missing value is no new value)."""
    return status.uidvalidity if status.uidvalidity is not None else (folder.uidvalidity or 0)


def _unknown(folder: Folder, uids: Sequence[int], status: FolderStatus) -> list[int]:
    """The UIDs without a row; ``next_uid`` moves up to the first of them."""
    known = set(
        Location.objects.filter(
            folder=folder, uidvalidity=folder.uidvalidity or 0, uid__gte=folder.next_uid
        ).values_list("uid", flat=True)
    )
    unknown = [uid for uid in uids if uid not in known]
    folder.next_uid = unknown[0] if unknown else status.uidnext
    folder.save(update_fields=["next_uid"])
    return unknown


def _ranges(folder: Folder, uids: Sequence[int]) -> Iterator[Range]:
    assert folder.uidvalidity is not None, "noted before"
    for start in range(0, len(uids), RANGE_MAILS):
        yield Range(folder.pk, folder.uidvalidity, tuple(uids[start : start + RANGE_MAILS]))
