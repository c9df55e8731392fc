"""Everything that writes to letters, in one place to import from."""

from __future__ import annotations

from worker.notices.approving import approve, send_back, still_stands
from worker.notices.checks import digest_of
from worker.notices.drafting import draft, edit, submit, withdraw
from worker.notices.facts import Addressee, Desk, variables_from
from worker.notices.outbox import Outbox
from worker.notices.sending import deliver, due, note_answer, settle_uncertain, try_again

__all__ = [
    "Addressee",
    "Desk",
    "Outbox",
    "approve",
    "deliver",
    "digest_of",
    "draft",
    "due",
    "edit",
    "note_answer",
    "send_back",
    "settle_uncertain",
    "still_stands",
    "submit",
    "try_again",
    "variables_from",
    "withdraw",
]
