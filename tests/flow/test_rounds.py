"""Rounds over a server that misbehaves, by the product's own tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.support.mails import mail
from tests.support.scripted_imap import ScriptedImap, scripted_imap
from worker.config import MailboxSettings
from worker.domain.errors import MailboxError

if TYPE_CHECKING:
    from worker.inbox.rounds import Range

pytestmark = pytest.mark.django_db(transaction=True)
MAILS = {uid: mail(f"{uid}@client.example", text=f"{uid}件目です。") for uid in (1, 2, 3)}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedImap]:
    """A server with three mails that the site's mailbox ``support`` lies on."""
    from worker import wiring_state

    monkeypatch.setenv("MAMORI_SUPPORT_PASSWORD", "secret")
    with scripted_imap(mails=dict(MAILS)) as running:
        box = MailboxSettings(
            name="support", url=running.url, password_env="MAMORI_SUPPORT_PASSWORD", max_connections=2
        )
        changed = wiring_state.mamori().model_copy(update={"mailbox": (box,)})
        monkeypatch.setattr(wiring_state, "mamori", lambda: changed)
        monkeypatch.setattr(wiring_state, "CONNECTION_PATIENCE", 0.2)
        yield running


def run() -> int:
    """A round; the number of mails that came, 0 where it failed."""
    from worker import tasks

    try:
        return sum(tasks.store_range("support", work) for work in tasks.plan_round("support"))
    except MailboxError:
        return 0


def planned() -> list[Range]:
    """A round's ranges, not fetched."""
    from worker import tasks

    with suppress(MailboxError):
        return tasks.plan_round("support")
    return []


def errors() -> list[str]:
    """What is wrong with the mailbox."""
    from worker.inbox import queries

    return [health.error for health in queries.mailbox_health() if health.error]


def test_a_new_uidvalidity_at_every_session_is_given_up(server: ScriptedImap) -> None:
    """A server that never keeps its UIDVALIDITY gives no mail twice, and the mailbox says so after a few rounds."""

    def another(server: ScriptedImap, arguments: str) -> list[bytes]:
        server.uidvalidity = (server.uidvalidity or 0) + 1
        return server._examine(arguments)

    server.moods["EXAMINE"] = another
    assert [run() for _ in range(5)] == [0] * 5
    (error,) = errors()
    assert "'INBOX' has had a new UIDVALIDITY 3 times today" in error
    del server.moods["EXAMINE"]


def test_a_round_and_its_memory(server: ScriptedImap) -> None:
    """A round brings what is new once, and remembers what kind of server it met."""
    from worker.inbox import queries

    assert (run(), run(), errors()) == (3, 0, [])
    assert queries.mailbox_health()[0].profile == "generic"


def test_connections_are_counted(server: ScriptedImap) -> None:
    """Beyond max_connections (one of them kept for watching) nobody connects; the range is left to the next round."""
    from worker import tasks
    from worker.inbox.services import leased

    ranges = planned()
    with leased("connection:support:0"):
        before = len(server.log)
        assert [tasks.store_range("support", work) for work in ranges] == [0]
        assert planned() == []
        assert len(server.log) == before
    assert errors() == []
    assert run() == 3


def test_a_range_has_one_worker(server: ScriptedImap) -> None:
    """A range that somebody is at is not fetched by another one."""
    from worker import tasks
    from worker.inbox.services import leased

    (work,) = planned()
    with leased(f"range:{work.folder}:{work.uidvalidity}:1"):
        assert tasks.store_range("support", work) == 0
    assert tasks.store_range("support", work) == 3


@pytest.mark.parametrize("command", ["EXAMINE", "SEARCH", "FETCH"])
def test_a_fault_is_noted_and_the_next_round_goes_on(server: ScriptedImap, command: str) -> None:
    """A refusal in any command is the mailbox's fault for that round, and nothing is lost by it."""
    refuse: Callable[[ScriptedImap, str], list[bytes]] = lambda server, arguments: [b"NO [THROTTLED] try again in 30 s"]  # noqa: E731
    server.moods[command] = refuse
    assert run() == 0
    assert len(errors()) == 1
    del server.moods[command]
    assert (run(), errors()) == (3, [])
