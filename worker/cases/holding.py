"""What retention must not touch: mail of people and organisations with an open case, and flagged threads."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from worker.cases.models import Case, CaseThread
from worker.directory.models import Counterpart


def held_counterparts() -> QuerySet[Any]:
    """Ids of counterparts who have an open case, or whose organisation has one."""
    opened = Case.objects.exclude(state=Case.State.CLOSED)
    organisations = opened.exclude(organisation=None).values("organisation")
    return Counterpart.objects.filter(
        Q(pk__in=opened.values("counterpart")) | Q(organisation__in=organisations)
    ).values("pk")


def held_threads() -> QuerySet[Any]:
    """Ids of threads that belong to a case: what was flagged is kept as long as its case."""
    return CaseThread.objects.values("thread")
