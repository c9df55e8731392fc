"""Reading the inbox: threads and histories as the judgement wants them, what is due, how the mailboxes are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from worker.domain import mail
from worker.domain.errors import MamoriError
from worker.domain.mail import Address, Authorship, Direction, ParsedMail
from worker.inbox.joining import KNOWN
from worker.inbox.models import Folder, Location, Mailbox, Message, Thread
from worker.inbox.originals import unpack
from worker.inbox.serial import from_json

#: So many of a thread's newest mails are judged, and so many of a counterpart's mails before them.
THREAD_LIMIT, HISTORY_LIMIT = 1000, 200
PURGED = "purged"


def thread_of(thread_id: int) -> mail.Thread:
    """The thread with its messages oldest first, each answering one before it where it names it.

    Of a thread that became part of another, that other. Of mails whose words are gone, time and direction are there
    and their ``defects`` say "purged". MamoriError where there is no such thread or no mail in it.
    """
    row = _current(thread_id)
    newest = Message.objects.filter(thread=row, state__in=KNOWN).order_by("-at", "-identity")[:THREAD_LIMIT]
    rows = list(reversed(newest))
    if not rows:
        raise MamoriError(f"Thread {thread_id} holds no mail that was read; look again after the next round.")
    return _thread(row, rows)


def _current(thread_id: int) -> Thread:
    row = Thread.objects.select_related("counterpart", "merged_into__counterpart").filter(pk=thread_id).first()
    if row is None:
        raise MamoriError(f"There is no thread {thread_id}.")
    return row.merged_into or row


def _counterpart(row: Thread, messages: Sequence[mail.Message]) -> Address:
    if row.counterpart is None:
        return messages[0].author
    key = row.counterpart.address
    return next((each.author for each in messages if each.author.key == key), Address(row.counterpart.name, key))


def to_domain(row: Message) -> mail.Message:
    """One row as the judgement sees it; ``key`` is the row's id."""
    parsed = from_json(row.parsed) if row.parsed else _without_words(row)
    return mail.Message(
        key=str(row.pk),
        parsed=parsed,
        direction=Direction(row.direction),
        at=row.at,
        author=Address(row.sender_name, row.sender_address),
        authorship=Authorship(row.authorship),
    )


def _without_words(row: Message) -> ParsedMail:
    return ParsedMail(
        message_id=row.message_id,
        in_reply_to=row.in_reply_to,
        date=row.dated,
        automatic=row.automatic,
        defects=(PURGED,) if row.state == Message.State.PURGED else (),
    )


def _linked(messages: Sequence[mail.Message]) -> list[mail.Message]:
    """Each message with the key of the last mail before it that it names, References before In-Reply-To."""
    before: dict[str, str] = {}
    linked = []
    for message in messages:
        parsed = message.parsed
        named = (*reversed(parsed.references), parsed.in_reply_to)
        linked.append(replace(message, answers=next((before[each] for each in named if each in before), "")))
        if parsed.message_id:
            before.setdefault(parsed.message_id, message.key)
    return linked


def history_of(counterpart_id: int, before: datetime, exclude_thread_id: int) -> tuple[mail.Message, ...]:
    """What was exchanged with the counterpart before ``before`` outside one thread: the newest, oldest first."""
    rows = (
        Message.objects.filter(counterpart=counterpart_id, at__lt=before, state__in=KNOWN)
        .exclude(thread=exclude_thread_id)
        .order_by("-at", "-identity")[:HISTORY_LIMIT]
    )
    return tuple(to_domain(row) for row in reversed(rows))


def due_messages(limit: int, share: int = 0, shares: int = 1) -> list[int]:
    """Ids of messages that wait to be read, never tried ones first; of those whose id modulo ``shares`` is ``share``."""
    due = Message.objects.filter(unread=Message.State.STORED)
    return list(_share(due, share, shares, F("pk")).order_by("attempts", "pk").values_list("pk", flat=True)[:limit])


def mail_waits() -> bool:
    """Whether mail is about to be read, or being read just now; what failed twice is not waited for."""
    return Message.objects.filter(state=Message.State.STORED, attempts__lte=1).exists()


def dirty_threads(limit: int, share: int = 0, shares: int = 1) -> list[int]:
    """Ids of threads due for an assessment: one counterpart's after another's, each oldest first.

    A counterpart's threads are all in one of ``shares``, by its id: they have one history, and one lock.
    """
    dirty = Thread.objects.filter(dirty=True, merged_into=None)
    mine = _share(dirty, share, shares, Coalesce("counterpart", "pk"))
    return list(mine.order_by("counterpart", "first_at", "pk").values_list("pk", flat=True)[:limit])


def _share(rows: QuerySet[Any], share: int, shares: int, by: F | Coalesce) -> QuerySet[Any]:
    return rows if shares == 1 else rows.annotate(of=by % shares).filter(of=share)


def mailboxes_due(intervals: Mapping[str, float], now: datetime) -> list[str]:
    """The names among ``intervals`` (seconds between rounds by name) whose next round is due, or was never done."""
    rows = {row.name: row for row in Mailbox.objects.filter(name__in=intervals)}
    return [name for name, seconds in intervals.items() if _is_due(rows.get(name), seconds, now)]


def _is_due(row: Mailbox | None, seconds: float, now: datetime) -> bool:
    if row is None:
        return True
    if row.not_before is not None:  # after a failed round the wait alone decides
        return row.not_before <= now
    return row.last_round_at is None or row.last_round_at + timedelta(seconds=seconds) <= now


@dataclass(frozen=True, slots=True)
class FolderHealth:
    """One folder: how many mails the server counts, and how many of them we know."""

    name: str
    sent: bool
    on_server: int
    known: int

    @property
    def missing(self) -> int:
        """How many lie on the server and not in our rows."""
        return max(0, self.on_server - self.known)


@dataclass(frozen=True, slots=True)
class MailboxHealth:
    """One mailbox: its last good round, last error (kind and sentence, "" where none), folders and waiting mail.

    ``quarantined`` counts mails that could not be read; ``quarantined_since`` is the oldest of them. ``profile`` is the
    kind of server, "" before the first round.
    """

    name: str
    last_round_at: datetime | None
    error_kind: str
    error: str
    not_before: datetime | None
    folders: tuple[FolderHealth, ...]
    waiting: int
    quarantined: int
    quarantined_since: datetime | None
    profile: str = ""

    @property
    def missing(self) -> int:
        """How many mails lie on the server and not in our rows."""
        return sum(folder.missing for folder in self.folders)


def mailbox_health() -> list[MailboxHealth]:
    """How every mailbox is, by name; four queries however many there are."""
    known = _known_by_folder()
    folders: dict[int, list[FolderHealth]] = {}
    for row in Folder.objects.order_by("sent", "name"):
        health = FolderHealth(row.name, row.sent, row.server_count, known.get(row.pk, 0))
        folders.setdefault(row.mailbox_id, []).append(health)
    unread = _unread_by_mailbox()
    return [
        MailboxHealth(
            row.name,
            row.last_round_at,
            row.last_error_kind,
            row.last_error,
            row.not_before,
            tuple(folders.get(row.pk, ())),
            *unread.get(row.pk, (0, 0, None)),
            profile=row.profile,
        )
        for row in Mailbox.objects.order_by("name")
    ]


def _known_by_folder() -> dict[int, int]:
    current = Location.objects.filter(uidvalidity=F("folder__uidvalidity"), gone_at=None)
    return dict(current.values("folder").annotate(known=Count("pk")).values_list("folder", "known"))


def _unread_by_mailbox() -> dict[int, tuple[int, int, datetime | None]]:
    stored, lost = Message.State.STORED, Message.State.QUARANTINED
    rows = (
        Message.objects.filter(unread__in=(stored, lost), locations__isnull=False)
        .values("locations__folder__mailbox")
        .annotate(
            waiting=Count("pk", distinct=True, filter=Q(state=stored)),
            lost=Count("pk", distinct=True, filter=Q(state=lost)),
            since=Min("at", filter=Q(state=lost)),
        )
    )
    return {row["locations__folder__mailbox"]: (row["waiting"], row["lost"], row["since"]) for row in rows}


def original(message_pk: int) -> bytes:
    """The unaltered bytes of a message; MamoriError where they are gone or damaged."""
    row = Message.objects.select_related("original").filter(pk=message_pk).first()
    if row is None:
        raise MamoriError(f"There is no message {message_pk}.")
    if row.original is None:
        raise MamoriError(f"The original of message {message_pk} was removed when its time was up; see the mailbox.")
    return unpack(row.original)


def quarantined(limit: int) -> Iterable[Message]:
    """The mails that could not be read, newest first, without their content."""
    rows = Message.objects.filter(unread=Message.State.QUARANTINED).only("pk", "at", "reason", "attempts")
    return list(rows.order_by("-at")[:limit])


def threads_of(thread_ids: Iterable[int]) -> dict[int, mail.Thread]:
    """Several threads at once, by id, each as :func:`thread_of` gives it; two queries however many there are.

    Threads that hold no mail that was read are left out.
    """
    return {thread_id: thread for thread_id, (thread, _) in scenes_of(thread_ids, ()).items()}


def scenes_of(
    thread_ids: Iterable[int], counterparts: Iterable[int]
) -> dict[int, tuple[mail.Thread, tuple[mail.Message, ...]]]:
    """Several threads at once, each as :func:`thread_of` and :func:`history_of` give it; by the thread's id.

    ``counterparts`` are the people whose whole exchange is looked at: meant for those with little of it. Three queries
    however many threads there are, and each mail is made once. Threads without a mail that was read are left out.
    """
    rows = {row.pk: row for row in Thread.objects.filter(pk__in=list(thread_ids)).select_related("counterpart")}
    known = Message.objects.filter(state__in=KNOWN).order_by("at", "identity")
    inside = list(known.filter(thread__in=rows))
    others = known.filter(counterpart__in=list(counterparts)).exclude(thread__in=rows)
    every = sorted((*inside, *others), key=lambda row: (row.at, row.identity))
    made = {row.pk: to_domain(row) for row in every}
    within, of_person = _by(inside, "thread_id"), _by(every, "counterpart_id")
    found = {}
    for thread_id, row in rows.items():
        if thread_id not in within:
            continue
        thread = _thread(row, within[thread_id][-THREAD_LIMIT:], made)
        exchange, last = of_person.get(row.counterpart_id, []), thread.messages[-1].at
        earlier = [each for each in exchange if each.at < last and each.thread_id != thread_id]
        found[thread_id] = thread, tuple(made[each.pk] for each in earlier[-HISTORY_LIMIT:])
    return found


def _by(rows: Iterable[Message], column: str) -> dict[int | None, list[Message]]:
    found: dict[int | None, list[Message]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


def _thread(row: Thread, rows: Sequence[Message], made: Mapping[int, mail.Message] | None = None) -> mail.Thread:
    messages = _linked([made[each.pk] if made else to_domain(each) for each in rows])
    key = next((each.message_id for each in rows if each.message_id), rows[0].identity)
    return mail.Thread(key, _counterpart(row, messages), tuple(messages))
