"""Reading cases: the queue, the counts, and everything on a case's page."""

from __future__ import annotations

from worker.cases.casepage import case_view
from worker.cases.holding import held_counterparts, held_threads
from worker.cases.queue import QueueFilter, QueueRow, counts, in_own_staff_case, is_about_own_staff, queue, queue_size

__all__ = [
    "QueueFilter",
    "QueueRow",
    "case_view",
    "counts",
    "held_counterparts",
    "held_threads",
    "in_own_staff_case",
    "is_about_own_staff",
    "queue",
    "queue_size",
]
