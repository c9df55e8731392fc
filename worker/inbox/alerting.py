"""Mailboxes that have been silent for too long, each told once until it is read again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from worker.inbox.models import Mailbox, Pulse

SILENT_ROUNDS = 3


def claim_silent(intervals: Mapping[str, float], now: datetime) -> int:
    """How many mailboxes fell silent and were not told of yet; they are marked, so that nobody is called twice.

    ``intervals`` are seconds between rounds by name. Silent is one whose last good round is more than three rounds
    back, or that never had one in three tries. Where the schedule itself has just come back, all mailboxes look
    silent: then nothing is claimed before the next look.
    """
    return sum(_claimed(name, timedelta(seconds=SILENT_ROUNDS * seconds), now) for name, seconds in intervals.items())


def _claimed(name: str, longest: timedelta, now: datetime) -> int:
    if not Pulse.objects.filter(name="sweep", at__gte=now - longest).exists():
        return 0
    silent = Q(last_round_at__lt=now - longest) | Q(last_round_at=None, failures__gte=SILENT_ROUNDS)
    return Mailbox.objects.filter(silent, name=name, alerted_at=None).update(alerted_at=now)
