"""Every task and the schedule, in the order of a mail's way.

A task takes ids, may run twice and may be lost: rows are the truth, and the next sweep finds what is due.
Messages of the queue never hold a word of a mail. Reading and assessing are divided by ids modulo SHARES, each share
held by a lease, so that nothing is worked at twice at once and every core and machine can take a share.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from celery import shared_task
from celery.schedules import crontab

from worker import wiring_state
from worker.cases import opinions as cases_opinions
from worker.cases import queries as cases_queries
from worker.cases import services as cases
from worker.celery import app
from worker.domain.clock import now
from worker.domain.errors import ChannelError, ConfigError, MailboxError
from worker.inbox import queries as inbox_queries
from worker.inbox import rounds
from worker.inbox import services as inbox
from worker.inbox import shelving as inbox_shelving
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
    """Find what is due by the rows: mailboxes to poll, mails to read, threads to assess, letters, calls for help."""
    for name in inbox_queries.mailboxes_due(wiring_state.poll_intervals(), now()):
        poll_mailbox.delay(name)
    wake(read_due)
    for notice_id in notices.due(now()):
        deliver_notice.delay(notice_id)
    alert.delay()
    inbox.beat_pulse("sweep", now())


@shared_task
def poll_mailbox(name: str) -> None:
    """One round over a mailbox: ranges of UIDs without a row, each handed to a task of its own."""
    with inbox.leased(f"round:{name}") as lease:
        if lease:
            with _faults_logged(name):
                for work in plan_round(name):
                    fetch_range.delay(*work.message(name))
                review_mailbox.delay(name)


def plan_round(name: str) -> list[rounds.Range]:
    """The ranges that a round over the mailbox has to fetch; a fault is noted on the mailbox.

    It is raised where nothing was planned before it: a folder that fails must not keep the ones before it waiting.
    """
    ranges: list[rounds.Range] = []
    try:
        with _faults_noted(name), wiring_state.connected(name, wiring_state.reader) as connection:
            if connection is None:
                return []
            ranges.extend(_plan(name, connection))
    except (MailboxError, ConfigError):
        if not ranges:
            raise
        return ranges
    inbox.mark_round(name, now())
    return ranges


def _plan(name: str, connection: wiring_state.Reading) -> Iterator[rounds.Range]:
    mailbox = rounds.mailbox_row(name)
    reader = connection.reader
    rounds.note_server(mailbox, reader.traits())
    yield from rounds.plan(reader, mailbox, wiring_state.sent_folders(name), now(), reader.shelves())


@shared_task
def fetch_range(name: str, folder: int, uidvalidity: int, uids: Sequence[int]) -> None:
    """Fetch the mails of a range that have no row yet, and have them read."""
    with _faults_logged(name):
        if store_range(name, rounds.Range(folder, uidvalidity, tuple(uids))):
            wake(read_due)


def store_range(name: str, planned: rounds.Range) -> int:
    """Fetch and store what of a range has no row yet, over a connection of its own; how many mails are to be read.

    A range that another worker is at, or for which no connection is free, is left to the next round. A fault is noted
    on the mailbox and raised.
    """
    with inbox.leased(f"range:{planned.folder}:{planned.uidvalidity}:{planned.uids[0]}", LEASE_SECONDS) as lease:
        work = planned.still_missing()
        return _store(name, work, lease) if lease and work.uids else 0


def _store(name: str, work: rounds.Range, lease: inbox.Held) -> int:
    with _faults_noted(name), wiring_state.connected(name, wiring_state.reader) as connection:
        if connection is None:
            return 0
        claims = (lease, connection.slot)
        return len(rounds.fetch(connection.reader, work, now(), lambda: [each.renew() for each in claims]))


@shared_task
def review_mailbox(name: str) -> None:
    """Where the mailbox asks for it: put flagged mail before people in their own mail client, note what they made of it."""
    if wiring_state.review_mode(name) == "none":
        return
    with inbox.leased(f"review:{name}", LEASE_SECONDS) as lease:
        if lease:
            cases.notice_opinions(name, now())
            waiting = inbox_shelving.to_shelve(name, cases_opinions.threads_under_review())
            with _faults_logged(name), _faults_noted(name):
                _shelve(name, waiting)


def _shelve(name: str, waiting: Sequence[inbox_shelving.ToShelve]) -> None:
    if not waiting:
        return
    folders = wiring_state.review_mode(name) == "folders"
    with wiring_state.connected(name, wiring_state.review_place) as connection:
        if connection is None:
            return
        place = connection.reader
        if folders:
            place.prepare()
        for each in waiting:
            put = place.copy if folders else place.mark
            if put(each.folder, each.uidvalidity, list(each.messages)):
                inbox.note_shelved(name, each.messages.values(), now())


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
def alert() -> None:
    """Call whom the settings name for new critical cases and silent mailboxes, once for each; numbers only."""
    channel = wiring_state.alerts()
    if channel is None:
        return
    critical, silent = cases.claim_critical(now()), inbox.claim_silent(wiring_state.poll_intervals(), now())
    sentences = [
        f"Critical cases that wait in the desk: {', '.join(critical)}." if critical else "",
        f"Mailboxes that have not been read for too long: {silent}. See the desk under Mailboxes." if silent else "",
    ]
    if text := " ".join(filter(None, sentences)):
        try:
            channel.alert("Mamori", text)
        except ChannelError:
            log.exception("an alert did not reach everybody; it is not repeated")


@shared_task
def purge() -> dict[str, int]:
    """Remove what is due by the retention settings; counts by kind."""
    held = cases_queries.held_counterparts(), cases_queries.held_threads()
    return asdict(inbox.purge(now(), wiring_state.mamori().store.keep_days, *held))


def wake(task: Any) -> None:
    """Start a task for each share; a share that is being worked at already answers at once."""
    for share in range(SHARES):
        task.delay(share)


@contextmanager
def _faults_noted(name: str) -> Iterator[None]:
    """Remember why a round failed, and let the server rest as long as it asked for; the fault goes on."""
    try:
        yield
    except (MailboxError, ConfigError) as error:
        inbox.mark_round(rounds.mailbox_row(name), now(), error)
        raise


@contextmanager
def _faults_logged(name: str) -> Iterator[None]:
    """A mailbox that cannot be read is no fault of the task: its kind goes to the log, the sentence is on its row."""
    try:
        yield
    except (MailboxError, ConfigError) as error:
        log.warning("mailbox %s: the round failed: %s", name, getattr(error, "kind", "settings"))
