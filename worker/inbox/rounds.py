"""One round over a mailbox: what is new by UID, in ranges; each range is fetched and stored by itself.

The UID to begin at moves only over mails whose rows exist, so a range that was lost is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.domain.ports import Fetched, FolderStatus, MailReader
from worker.inbox import services
from worker.inbox.models import Folder, Location, Mailbox

RANGE_MAILS = 500
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


def plan(reader: MailReader, mailbox: Mailbox, sent: Sequence[str]) -> Iterator[Range]:
    """The ranges of mails that lie on the server and not in our rows, folder by folder."""
    for name in reader.folders():
        folder, _ = Folder.objects.get_or_create(mailbox=mailbox, name=name, defaults={"sent": name in sent})
        status = reader.status(name)
        _note_status(folder, status)
        if status.uidnext > folder.next_uid:
            yield from _ranges(folder, _unknown(folder, reader.uids(name, folder.next_uid), status))


def fetch(reader: MailReader, work: Range, now: datetime) -> list[int]:
    """Fetch and store one range; the ids of new messages. Under a changed UIDVALIDITY it is left to the next round."""
    folder = Folder.objects.get(pk=work.folder)
    if _validity(reader.status(folder.name), folder) != work.uidvalidity:
        return []
    new: list[int] = []
    batch: list[Fetched] = []
    weight = 0
    for mail in reader.fetch(folder.name, work.uids):
        batch.append(mail)
        weight += len(mail.raw)
        if len(batch) >= services.STORE_BATCH or weight >= STORE_BYTES:
            new += services.store(folder, work.uidvalidity, batch, now)
            batch, weight = [], 0
    return new + services.store(folder, work.uidvalidity, batch, now)


def _note_status(folder: Folder, status: FolderStatus) -> None:
    """Remember count and validity; under a new UIDVALIDITY reading begins anew and rows are matched by identity."""
    folder.server_count = status.count
    validity = _validity(status, folder)
    if validity != folder.uidvalidity:
        folder.uidvalidity, folder.next_uid = validity, 1
    folder.save(update_fields=["server_count", "uidvalidity", "next_uid"])


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
