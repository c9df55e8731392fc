"""Forgetting words in time: what was not flagged loses its text; when, which way, and digests of its lines stay."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from worker.domain.mail import ParsedMail
from worker.inbox.models import Message, Original, Thread
from worker.inbox.serial import from_json, signature_of

_BATCH = 200
#: Ids, or a query for them: a query stays one statement however many there are.
Ids = Collection[int] | QuerySet[Any]


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """How many messages lost their words, and how many originals went."""

    messages: int = 0
    originals: int = 0


def purge(
    now: datetime,
    keep_days: int,
    held_counterparts: Ids,
    held_threads: Ids = (),
    sign: Callable[[ParsedMail], dict[str, Any]] = signature_of,
) -> PurgeResult:
    """Remove original, text, subject and names of read mails older than ``keep_days``.

    ``held_counterparts`` are the people whose organisation (or who themselves) have an open case or rung,
    ``held_threads`` the flagged threads: nothing of theirs goes. Mails that could not be read wait for a person. Works
    in small transactions, may run twice and may be stopped. ``sign`` makes what stays of a mail's words.
    """
    due = Message.objects.filter(state=Message.State.READ, at__lt=now - timedelta(days=keep_days)).exclude(
        Q(thread__in=held_threads) | Q(counterpart__in=held_counterparts) | Q(thread__counterpart__in=held_counterparts)
    )
    result, last = PurgeResult(), 0
    while ids := list(due.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        done = _purge_batch(ids, sign)
        result = PurgeResult(result.messages + done.messages, result.originals + done.originals)
        last = ids[-1]  # so that what is held is passed over once, not at every batch
    return result


_COLUMNS = ("state", "signature", "parsed", "original", "subject", "sender_name", "sender_address", "reason")


@transaction.atomic
def _purge_batch(ids: list[int], sign: Callable[[ParsedMail], dict[str, Any]]) -> PurgeResult:
    rows = list(Message.objects.filter(pk__in=ids))
    gone = {row.original_id for row in rows if row.original_id}
    for row in rows:
        row.signature = sign(from_json(row.parsed)) if row.parsed else None
        row.state, row.parsed, row.original = Message.State.PURGED, None, None
        row.subject = row.sender_name = row.sender_address = row.reason = ""
    Message.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=_COLUMNS)
    still = Message.objects.filter(original__in=gone).values_list("original", flat=True)
    _, counts = Original.objects.filter(pk__in=gone - set(still)).delete()
    _forget_subjects({row.thread_id for row in rows if row.thread_id})
    return PurgeResult(len(rows), counts.get("inbox.Original", 0))


def _forget_subjects(threads: set[int]) -> None:
    """A thread whose mails have all lost their words loses its subject too."""
    alive = Message.objects.filter(thread__in=threads, state=Message.State.READ).values_list("thread", flat=True)
    Thread.objects.filter(pk__in=threads - set(alive)).update(subject="")
