"""Critical cases that somebody must be called for, each once."""

from __future__ import annotations

from datetime import datetime

from worker.cases.models import Case
from worker.domain.judgement import Severity


def claim_critical(now: datetime) -> list[str]:
    """The numbers of open critical cases that nobody was called for yet; they are marked, so that it happens once.

    Cases about our own people are not told: who may know of them is fewer than who is called.
    """
    due = Case.objects.filter(severity=Severity.CRITICAL.value, alerted_at=None, own_staff=False)
    open_ones = due.exclude(state=Case.State.CLOSED).order_by("pk")
    return [case.number for case in open_ones if _claimed(case, now)]


def _claimed(case: Case, now: datetime) -> bool:
    """Whether the mark is ours: of two sweeps at once only one gets the row."""
    return Case.objects.filter(pk=case.pk, alerted_at=None).update(alerted_at=now) == 1
