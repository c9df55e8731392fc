"""Every task and the schedule, in the order of a mail's way.

A task takes ids, may run twice and may be lost: rows are the truth, and the next sweep finds what is due.
Messages of the queue never hold a word of a mail. Reading and assessing are divided by ids modulo SHARES, each share
held by a lease, so that nothing is worked at twice at once and every core and machine can take a share.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from celery import shared_task
from celery.schedules import crontab

from worker import wiring_state
from worker.cases import queries as cases_queries
from worker.cases import services as cases
from worker.celery import app
from worker.domain.clock import now
from worker.domain.errors import ConfigError, MailboxError
from worker.inbox import queries as inbox_queries
from worker.inbox import rounds
from worker.inbox import services as inbox
from worker.notices import services as notices

log = logging.getLogger(__name__)

SWEEP_SECONDS = 15.0
SHARES = 4
CHUNK, THREADS = 600, 100
# A share is worked at again so soon after its worker died; whoever works at it renews.
LEASE_SECONDS = 60.0

app.conf.beat_schedule = {
    "sweep": {"task": "worker.tasks.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "purge": {"task": "worker.tasks.purge", "schedule": crontab(hour="18", minute="30")},  # 3:30 in Tokyo
}


@shared_task
def sweep() -> None:
    """Find what is due by the rows: mailboxes to poll, mails to read, threads to assess, letters to send."""
    for name in inbox_queries.mailboxes_due(wiring_state.poll_intervals(), now()):
        poll_mailbox.delay(name)
    wake(read_due)
    for notice_id in notices.due(now()):
        deliver_notice.delay(notice_id)
    inbox.beat_pulse("sweep", now())


@shared_task
def poll_mailbox(name: str) -> None:
    """One round over a mailbox: ranges of UIDs without a row, each handed to a task of its own."""
    with inbox.leased(f"round:{name}") as lease:
        if lease:
            for work in plan_round(name):
                fetch_range.delay(*work.message(name))


def plan_round(name: str) -> list[rounds.Range]:
    """The ranges that a round over the mailbox has to fetch; a fault is noted on the mailbox and yields none."""
    try:
        with wiring_state.reader(name) as reader:
            ranges = list(rounds.plan(reader, rounds.mailbox_row(name), wiring_state.sent_folders(name)))
    except (MailboxError, ConfigError) as error:
        _note_fault(name, error)
        return []
    inbox.mark_round(rounds.mailbox_row(name), now())
    return ranges


@shared_task
def fetch_range(name: str, folder: int, uidvalidity: int, uids: Sequence[int]) -> None:
    """Fetch the mails of a range that have no row yet, and have them read."""
    if store_range(name, rounds.Range(folder, uidvalidity, tuple(uids))):
        wake(read_due)


def store_range(name: str, planned: rounds.Range) -> int:
    """Fetch and store what of a range has no row yet, over a connection of its own; how many mails are to be read."""
    work = planned.still_missing()
    if not work.uids:
        return 0
    try:
        with wiring_state.reader(name) as reader:
            return len(rounds.fetch(reader, work, now()))
    except (MailboxError, ConfigError) as error:
        _note_fault(name, error)
        return 0


@shared_task
def read_due(share: int) -> None:
    """Read the stored mails of one share: words, author, thread; then wake the assessing."""
    with inbox.leased(f"read:{share}", LEASE_SECONDS) as lease:
        while lease and (ids := inbox_queries.due_messages(CHUNK, share, SHARES)):
            inbox.read(
                ids,
                wiring_state.own_side(),
                wiring_state.forms(),
                wiring_state.trusted_servers(),
                now(),
                wiring_state.mail_reader(),
                go_on=lease.renew,
            )
            if not lease.renew():
                break
    wake(assess_due)


@shared_task
def assess_due(share: int) -> None:
    """Assess the threads of one share that changed; flagged ones become cases or join the open one.

    While mail waits to be read nothing is judged: half a thread misleads. Whoever reads the last of it wakes us again.
    """
    if inbox_queries.mail_waits():
        return
    with inbox.leased(f"assess:{share}", LEASE_SECONDS) as lease:
        while lease and (ids := inbox_queries.dirty_threads(THREADS, share, SHARES)):
            scope = wiring_state.mamori().desk.scope
            cases.assess_all(ids, wiring_state.judge(), wiring_state.calendar_for, scope, now())
            if not lease.renew():
                break


@shared_task
def deliver_notice(notice_id: int) -> None:
    """Send an approved letter, once; every check is made again at that moment."""
    notices.deliver(notice_id, wiring_state.outbox(), now())


@shared_task
def purge() -> dict[str, int]:
    """Remove what is due by the retention settings; counts by kind."""
    held = cases_queries.held_counterparts(), cases_queries.held_threads()
    return asdict(inbox.purge(now(), wiring_state.mamori().store.keep_days, *held))


def wake(task: Any) -> None:
    """Start a task for each share; a share that is being worked at already answers at once."""
    for share in range(SHARES):
        task.delay(share)


def _note_fault(name: str, error: MailboxError | ConfigError) -> None:
    """Remember why a round failed, and let the server rest as long as it asked for."""
    inbox.mark_round(rounds.mailbox_row(name), now(), error)
    log.warning("mailbox %s: the round failed: %s", name, getattr(error, "kind", "settings"))
