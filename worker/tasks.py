"""Every task and the schedule, in the order of a mail's way.

A task takes ids, may run twice and may be lost: rows are the truth, and the next sweep finds what is due.
Messages of the queue never hold a word of a mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import batched

from celery import shared_task
from celery.schedules import crontab

from worker import wiring_state
from worker.cases import services as cases
from worker.celery import app
from worker.domain.clock import now
from worker.domain.errors import ChannelError, ConfigError, MailboxError
from worker.inbox import queries as inbox_queries
from worker.inbox import rounds
from worker.inbox import services as inbox
from worker.notices import services as notices

SWEEP_SECONDS = 15.0
READ_CHUNK = 200
ASSESS_CHUNK = 50
ROUND_SECONDS = 300.0

app.conf.beat_schedule = {
    "sweep": {"task": "worker.tasks.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "purge": {"task": "worker.tasks.purge", "schedule": crontab(hour="18", minute="30")},  # 3:30 in Tokyo
}


@shared_task
def sweep() -> None:
    """Find what is due by the rows: mailboxes to poll, mails to read, threads to assess, letters to send."""
    for name in inbox_queries.mailboxes_due(wiring_state.poll_intervals(), now()):
        poll_mailbox.delay(name)
    read_due()
    for notice_id in notices.due(now()):
        deliver_notice.delay(notice_id)
    inbox.beat_pulse("sweep", now())


@shared_task
def poll_mailbox(name: str) -> None:
    """One round over a mailbox: plan ranges of new UIDs and hand each to a task of its own."""
    if not inbox.lease(f"round:{name}", app.oid, ROUND_SECONDS):
        return
    try:
        for work in plan_round(name):
            fetch_range.delay(name, work.folder, work.uidvalidity, work.uids)
    except MailboxError as error:
        wiring_state.log_round_fault(name, error)
    finally:
        inbox.release(f"round:{name}", app.oid)
