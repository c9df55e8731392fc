"""What is in order and what is not, one sentence each, with the way out."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import DatabaseError

from worker import wiring, wiring_state
from worker.config import MailboxSettings, Settings
from worker.domain.clock import now
from worker.domain.errors import MamoriError

ALIVE_WITHIN = timedelta(minutes=5)


class State(StrEnum):
    """How a check came out; only ``fail`` makes the command exit 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    sentence: str


def examine(settings: Settings) -> Iterator[Check]:
    """Every check in order; a check that fails never hides the next one."""
    yield Check("settings", State.OK, f"{settings.path} is in order.")
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("data", lambda: _data(settings)),
        ("database", _database),
        ("broker", lambda: _broker(settings)),
        ("rules", lambda: _rules(settings)),
        ("reading", _reading),
        ("people", _people),
        *((f"mailbox {box.name}", lambda box=box: _mailbox(box)) for box in settings.mailbox),
        ("smtp", lambda: _smtp(settings)),
        ("alerts", lambda: _alerts(settings)),
        ("quarantine", _quarantine),
    ]
    for name, check in checks:
        yield _guarded(name, check)
    if not settings.mailbox:
        yield Check("mailbox", State.WARN, f"{settings.path} names no [[mailbox]]; nothing is polled until it does.")


def alive() -> Check:
    """Whether a sweep has finished lately: the sign that schedule, broker and worker all live."""
    from worker.inbox.models import Pulse

    pulse = Pulse.objects.filter(name="sweep").first()
    if pulse is None:
        return Check("alive", State.FAIL, "No sweep has finished yet; start 'mamori up', or 'worker' and 'beat'.")
    age = now() - pulse.at
    state = State.OK if age <= ALIVE_WITHIN else State.FAIL
    return Check("alive", state, f"The last sweep finished {int(age.total_seconds())} seconds ago.")


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except MamoriError as error:
        return Check(name, State.FAIL, str(error))
    except DatabaseError:
        return Check(name, State.FAIL, "cannot be told before the database is in order.")
    except Exception as error:
        return Check(name, State.FAIL, f"{type(error).__name__}: {' '.join(str(error).split())}")


def _data(settings: Settings) -> Check:
    folder = settings.data
    if stat.S_IMODE(folder.stat().st_mode) & 0o007:
        return Check(
            "data", State.WARN, f"{folder} can be read by everybody on this machine; run: chmod o-rwx {folder}"
        )
    return Check("data", State.OK, f"{folder} is ours alone.")


def _database() -> Check:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        reason = str(error).partition("\n")[0]
        return Check("database", State.FAIL, f"{reason}; correct [store] database, or start the server.")
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Check(
            "database", State.FAIL, f"{len(missing)} migrations are missing; 'mamori up' or 'web' applies them."
        )
    return Check("database", State.OK, f"{connection.vendor}, at this version's shape.")


def _broker(settings: Settings) -> Check:
    if settings.store.broker == "memory":
        return Check("broker", State.OK, "in memory: everything runs in one process by 'mamori up'.")
    import redis

    try:
        redis.Redis.from_url(settings.store.broker, socket_connect_timeout=5, socket_timeout=5).ping()
    except redis.RedisError as error:
        return Check("broker", State.FAIL, f"{str(error).rstrip('.')}; start Redis, or correct [store] broker.")
    return Check("broker", State.OK, "Redis answers.")


def _rules(settings: Settings) -> Check:
    site = wiring.site_folder(settings)
    if site and not site.is_dir():
        sentence = f"{settings.path}: desk.site: there is no folder {site}; make it, or remove the key."
        return Check("rules", State.FAIL, sentence)
    return Check("rules", State.OK, f"{wiring_state.rule_count()} rules, policy {wiring_state.policy().id}.")


def _reading() -> Check:
    wiring_state.mail_reader()(b"Subject: a trial\r\n\r\n")
    return Check("reading", State.OK, "mail is read in a process of its own, within its limits.")


def _people() -> Check:
    from worker.directory.queries import Action, who_may

    approvers = len(who_may(Action.APPROVE, wiring_state.today()))
    if approvers < 2:
        sentence = f"{approvers} of our people may approve a letter; two are needed, 'mamori user grant NAME manager'."
        return Check("people", State.WARN, sentence)
    return Check("people", State.OK, f"{approvers} people may approve a letter.")


def _mailbox(box: MailboxSettings) -> Check:
    name = f"mailbox {box.name}"
    with wiring_state.reader(box.name) as reader:
        counts = ", ".join(f"{folder} {reader.status(folder).count}" for folder in reader.folders())
        counts += f" ({reader.traits().profile})"
        doubles = ", ".join(reader.doubles())
    if doubles:
        sentence = f"reads {counts}; {doubles} is left out, for it holds the mail of INBOX once more; take it out."
        return Check(name, State.WARN, sentence)
    if box.review != box.review_in_force:
        sentence = (
            f"reads {counts}; review = {box.review!r} waits: everybody who opens this shared mailbox would see what is "
            "under review; set review_acknowledged = true (or shared = false)."
        )
        return Check(name, State.WARN, sentence)
    if box.drafts:
        return Check(name, State.WARN, f"reads {counts}; drafts is kept for later and does nothing yet.")
    if not box.sent:
        sentence = (
            f"reads {counts}; no Sent folder is named, so our answers are known only from quotes; add sent = […]."
        )
        return Check(name, State.WARN, sentence)
    return Check(name, State.OK, f"reads {counts}.")


def _smtp(settings: Settings) -> Check:
    if settings.smtp is None:
        return Check("smtp", State.WARN, f"{settings.path} has no [smtp]; letters can be written but not sent.")
    wiring_state.channel().check()
    return Check("smtp", State.OK, "the relay takes our connection.")


def _alerts(settings: Settings) -> Check:
    if wiring_state.alerts() is None:
        return Check("alerts", State.OK, "nobody is to be called.")
    return Check("alerts", State.OK, f"{len(settings.alerts.urls)} URLs are called for critical cases.")


def _quarantine() -> Check:
    from worker.inbox.models import Message

    count = Message.objects.filter(unread=Message.State.QUARANTINED).count()
    if count:
        return Check("quarantine", State.WARN, f"{count} mails could not be read and wait in the desk under Mailboxes.")
    return Check("quarantine", State.OK, "empty.")
