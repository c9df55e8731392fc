"""From stored bytes to read messages in threads. Whatever a mail does, the others go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, runtime_checkable

from django.db import transaction
from django.db.models import F, Q

from worker.directory.services import counterparts_of
from worker.domain.errors import MamoriError
from worker.domain.mail import Address, Authorship, Direction, OwnSide, ParsedMail
from worker.domain.text import fit, storable
from worker.inbox import joining
from worker.inbox.marks import counterpart_address, marks_of, subject_of
from worker.inbox.models import Lease, Location, Message, Original, Reference, Thread
from worker.inbox.originals import unpack
from worker.inbox.serial import to_json
from worker.parsing import read_mail
from worker.parsing.authors import Form, author_of, direction_of
from worker.parsing.threads import link_ids

MAX_ATTEMPTS = 3
#: So many mails are saved and joined at once; meanwhile a child reads on.
SAVE_MAILS = 200
_REFERENCES = 100
_PEOPLE = 50
_PORTION = 4 * 1024 * 1024
_GAVE_UP = f"reading it ended the worker {MAX_ATTEMPTS} times"
_THREADS_LOCK = "threads"

Reader = Callable[[bytes], ParsedMail]


@runtime_checkable
class ReadsAhead(Protocol):
    """A reader that works on the next mails while we save the last ones."""

    def ready(self) -> None:
        """MamoriError where no mail can be read just now, whatever mail it is."""

    def each(self, raws: Iterable[bytes]) -> Iterator[ParsedMail | Exception]:
        """One outcome for each mail, in order."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What became of the messages: read, failed (to be tried again), quarantined; and the threads that changed."""

    read: int = 0
    failed: int = 0
    quarantined: int = 0
    thread_ids: tuple[int, ...] = ()

    def __add__(self, other: ReadResult) -> ReadResult:
        threads = tuple(sorted({*self.thread_ids, *other.thread_ids}))
        return ReadResult(
            self.read + other.read, self.failed + other.failed, self.quarantined + other.quarantined, threads
        )


@dataclass(frozen=True, slots=True)
class _Side:
    """How to tell who wrote a mail."""

    own: OwnSide
    forms: Sequence[Form]
    trusted: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Read:
    """A message with what was read in it."""

    row: Message
    parsed: ParsedMail
    author: Address
    counterpart: Address | None


def read(
    message_ids: Iterable[int],
    own: OwnSide,
    forms: Sequence[Form],
    trusted: Sequence[str],
    now: datetime,
    reader: Reader | ReadsAhead = read_mail,
) -> ReadResult:
    """Read the stored ones among ``message_ids`` and put them into threads, which are then due for an assessment.

    The attempt is counted and committed before a mail is touched. Mails never tried before are read together; one that
    was tried is read alone, so that a mail which ends the process takes no other with it. After three attempts it is
    quarantined with a reason that holds no word of it. ``reader`` turns bytes into a read mail, and may raise.
    """
    if isinstance(reader, ReadsAhead):
        reader.ready()  # a fault of ours counts as no mail's attempt
    side = _Side(own, forms, trusted)
    ids = sorted(set(message_ids))
    result = _give_up(ids)
    stored = Message.objects.filter(pk__in=ids, state=Message.State.STORED)
    attempts = dict(stored.values_list("pk", "attempts"))
    fresh = [pk for pk, count in attempts.items() if count == 0]
    tried = sorted((pk for pk, count in attempts.items() if count), key=lambda pk: (attempts[pk], pk))
    for batch in (fresh, *([pk] for pk in tried)):
        if batch:
            result += _read_batch(batch, side, now, reader)
    return result


def _give_up(ids: Sequence[int]) -> ReadResult:
    """Quarantine what was begun three times and never came to an end."""
    lost = Message.objects.filter(pk__in=ids, state=Message.State.STORED, attempts__gte=MAX_ATTEMPTS)
    return ReadResult(quarantined=lost.update(state=Message.State.QUARANTINED, reason=_GAVE_UP))


def _read_batch(ids: Sequence[int], side: _Side, now: datetime, reader: Reader | ReadsAhead) -> ReadResult:
    with transaction.atomic(durable=True):
        Message.objects.filter(pk__in=ids, state=Message.State.STORED).update(attempts=F("attempts") + 1)
    rows = list(Message.objects.filter(pk__in=ids, state=Message.State.STORED))
    sent = set(Location.objects.filter(message__in=ids, folder__sent=True).values_list("message_id", flat=True))
    result, done = ReadResult(), []
    for row, outcome in _outcomes(rows, reader):
        try:
            done.append(_place(row, outcome, row.pk in sent, side))
        except Exception as error:
            result += _note_failure(row, error)
        if len(done) >= SAVE_MAILS:
            result += _keep(done, now)
            done = []
    return result + _keep(done, now)


def _outcomes(rows: Sequence[Message], reader: Reader | ReadsAhead) -> Iterator[tuple[Message, ParsedMail | Exception]]:
    """Each message with what was read in it, or why nothing could be."""
    waiting: deque[Message] = deque()
    lost: list[tuple[Message, Exception]] = []

    def raws() -> Iterator[bytes]:
        for row, original in _with_originals(rows):
            try:
                raw = _bytes_of(original)
            except MamoriError as error:
                lost.append((row, error))
                continue
            waiting.append(row)
            yield raw

    found = reader.each(raws()) if isinstance(reader, ReadsAhead) else (_try(reader, raw) for raw in raws())
    for outcome in found:
        yield waiting.popleft(), outcome
    yield from lost


def _bytes_of(original: Original | None) -> bytes:
    if original is None:
        raise MamoriError("its original is gone")
    return unpack(original)


def _try(reader: Reader, raw: bytes) -> ParsedMail | Exception:
    try:
        return reader(raw)
    except Exception as error:
        return error


def _place(row: Message, outcome: ParsedMail | Exception, in_sent: bool, side: _Side) -> _Read:
    """Fill the row: whose words they are, and which way they went."""
    if isinstance(outcome, Exception):
        raise outcome
    author, authorship = author_of(outcome, side.forms, side.trusted, side.own)
    in_sent = in_sent or row.direction == Direction.OUT.value
    direction = direction_of(outcome, side.own, in_sent, side.trusted)
    if direction is Direction.OUT and in_sent:
        authorship = Authorship.KNOWN
    _fill(row, outcome, author, authorship, direction, side.own)
    parsed = replace(outcome, html="", headers={})  # in the original; a batch is held in memory
    return _Read(row, parsed, author, counterpart_address(parsed, author, direction, side.own))


def _with_originals(rows: Sequence[Message]) -> Iterator[tuple[Message, Original | None]]:
    """Each message with its bytes, fetched in portions: a batch of giant mails does not fit into memory."""
    sizes = dict(Original.objects.filter(messages__in=rows).values_list("sha256", "size"))
    portion: list[Message] = []
    weight = 0
    for row in rows:
        portion.append(row)
        weight += sizes.get(row.original_id or "", 0)
        if weight >= _PORTION or row is rows[-1]:
            originals = Original.objects.in_bulk([each.original_id for each in portion if each.original_id])
            yield from ((each, originals.get(each.original_id or "")) for each in portion)
            portion, weight = [], 0


def _fill(
    row: Message, parsed: ParsedMail, author: Address, authorship: Authorship, direction: Direction, own: OwnSide
) -> None:
    row.direction, row.authorship = direction.value, authorship.value
    row.at = parsed.received or row.internal_at or parsed.date or row.at
    row.dated = parsed.date
    row.message_id, row.in_reply_to = fit(parsed.message_id, 500), fit(parsed.in_reply_to, 500)
    row.subject = storable(parsed.subject)
    row.sender_name, row.sender_address = fit(author.name, 300), fit(author.address, 320)
    row.automatic = fit(parsed.automatic, 60)
    row.marks = marks_of(parsed, author, own)
    row.subject_key, row.bare_reply = subject_of(parsed)
    row.parsed = to_json(parsed)
    row.state, row.reason = Message.State.READ, ""


def _note_failure(row: Message, error: Exception) -> ReadResult:
    """Keep our own sentence, of any other error the kind only: its words may be the mail's."""
    over = row.attempts >= MAX_ATTEMPTS
    state = Message.State.QUARANTINED if over else Message.State.STORED
    said = str(error) if isinstance(error, MamoriError) else type(error).__name__
    reason = fit(f"reading it failed {row.attempts} times: {said}", 300)
    Message.objects.filter(pk=row.pk, state=Message.State.STORED).update(state=state, reason=reason)
    return ReadResult(quarantined=1) if over else ReadResult(failed=1)


_COLUMNS = (
    "direction", "authorship", "at", "dated", "message_id", "in_reply_to", "subject", "sender_name", "sender_address",
    "automatic", "marks", "subject_key", "bare_reply", "parsed", "state", "reason", "counterpart", "thread",
)  # fmt: skip


def _keep(done: Sequence[_Read], now: datetime) -> ReadResult:
    """Save what was read, unless somebody else did meanwhile, and join threads: one worker at a time."""
    if not done:
        return ReadResult()
    Lease.objects.bulk_create([Lease(name=_THREADS_LOCK, owner="", until=now)], ignore_conflicts=True)
    with transaction.atomic():
        Lease.objects.filter(name=_THREADS_LOCK).update(until=now)  # the row's lock, held until the commit
        ids = [each.row.pk for each in done]
        due = set(Message.objects.filter(pk__in=ids, state=Message.State.STORED).values_list("pk", flat=True))
        mine = [each for each in done if each.row.pk in due]
        _name_people(mine)
        changed = joining.join([each.row for each in mine], {each.row.pk: _names(each.parsed) for each in mine})
        _save(mine)
        joining.refresh(changed)
        _mark_later(each.row for each in mine)
    return ReadResult(read=len(mine), thread_ids=tuple(sorted(changed)))


def _names(parsed: ParsedMail) -> tuple[str, ...]:
    """The ids a mail names: with an endless list the newest, which are the nearest."""
    return tuple(fit(each, 500) for each in link_ids(parsed)[-_REFERENCES:])


def _name_people(done: Sequence[_Read]) -> None:
    people = counterparts_of(each.counterpart for each in done if each.counterpart)
    for each in done:
        each.row.counterpart = people.get(each.counterpart.key) if each.counterpart else None


def _save(done: Sequence[_Read]) -> None:
    rows = [each.row for each in done]
    Message.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=_COLUMNS)
    Reference.objects.filter(message__in=rows).delete()
    Reference.objects.bulk_create(
        Reference(message=each.row, refers_to=name) for each in done for name in _names(each.parsed)
    )


def _mark_later(rows: Iterable[Message]) -> None:
    """The counterpart's threads that go on after a new mail have it in their history now: due for a new assessment."""
    earliest: dict[int, datetime] = {}
    for row in rows:
        if row.counterpart_id is not None:
            earliest[row.counterpart_id] = min(row.at, earliest.get(row.counterpart_id, row.at))
    people = sorted(earliest.items())
    for start in range(0, len(people), _PEOPLE):
        later = Q()
        for counterpart, at in people[start : start + _PEOPLE]:
            later |= Q(counterpart=counterpart, last_at__gte=at)
        Thread.objects.filter(later, merged_into=None).update(dirty=True)


def retry(message_id: int) -> None:
    """Let a quarantined mail be read again, from the first attempt on; nothing happens to any other."""
    quarantined = Message.objects.filter(pk=message_id, state=Message.State.QUARANTINED)
    quarantined.update(state=Message.State.STORED, attempts=0, reason="")
