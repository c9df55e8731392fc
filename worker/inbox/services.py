"""Everything that writes to the inbox, in one place to import from."""

from __future__ import annotations

from worker.inbox.alerting import claim_silent
from worker.inbox.child import Bounds, ChildReader
from worker.inbox.joining import threads_merged
from worker.inbox.leases import Held, beat_pulse, lease, leased, leased_one_of, mark_round, release
from worker.inbox.purging import PurgeResult, purge
from worker.inbox.reading import MAX_ATTEMPTS, ReadResult, read, retry
from worker.inbox.shelving import note_shelved
from worker.inbox.storing import STORE_BATCH, store

__all__ = [
    "MAX_ATTEMPTS",
    "STORE_BATCH",
    "Bounds",
    "ChildReader",
    "Held",
    "PurgeResult",
    "ReadResult",
    "beat_pulse",
    "claim_silent",
    "lease",
    "leased",
    "leased_one_of",
    "mark_round",
    "note_shelved",
    "purge",
    "read",
    "release",
    "retry",
    "store",
    "threads_merged",
]
