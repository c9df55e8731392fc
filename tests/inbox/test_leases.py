"""Short claims, and the memory of how rounds went."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from tests.inbox.conftest import NOW
from tests.support.mails import fetched, mail
from tests.support.threads import at_once
from worker.domain.errors import MailboxError
from worker.inbox import queries
from worker.inbox.models import Folder, Lease, Mailbox, Message, Pulse
from worker.inbox.services import beat_pulse, lease, mark_round, release, retry, store

pytestmark = pytest.mark.django_db


def test_one_holds_it() -> None:
    """Whoever claims first holds it and may renew it; another waits until it is given back."""
    assert lease("round:support", "one", 60, NOW)
    assert lease("round:support", "one", 60, NOW)
    assert not lease("round:support", "two", 60, NOW)
    release("round:support", "two")
    assert not lease("round:support", "two", 60, NOW)
    release("round:support", "one")
    assert lease("round:support", "two", 60, NOW)


def test_whoever_dies_loses_it() -> None:
    """A claim that was not renewed is free when its time is up."""
    assert lease("x", "dead", 10, NOW)
    assert lease("x", "alive", 10, NOW + timedelta(seconds=10))
    assert not lease("x", "dead", 10, NOW + timedelta(seconds=11))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("expired", [True, False])
def test_two_at_once_one_wins(expired: bool) -> None:
    """Of many that claim at the same moment exactly one holds it, for a new claim and for one whose time was up."""
    if expired:
        Lease.objects.create(name="x", owner="dead", until=NOW - timedelta(days=1))
    won = at_once([lambda n=n: lease("x", f"owner {n}", 60, NOW) for n in range(6)])  # type: ignore[misc]
    assert sum(won) == 1


def test_rounds_are_due_by_interval() -> None:
    """A mailbox never polled is due; one that was is due after its interval."""
    intervals = {"support": 60.0, "sales": 300.0}
    assert queries.mailboxes_due(intervals, NOW) == ["support", "sales"]
    mark_round("support", NOW)
    mark_round("sales", NOW)
    assert queries.mailboxes_due(intervals, NOW + timedelta(seconds=59)) == []
    assert queries.mailboxes_due(intervals, NOW + timedelta(seconds=60)) == ["support"]


def test_failed_rounds_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure the next round waits, longer each time, at least as long as the server asked for.

    Chance adds up to a fifth.
    """
    monkeypatch.setattr(random, "random", lambda: 0.0)
    error = MailboxError("imap.sample.example refuses the password; correct it.", kind="password")
    waits = []
    for _ in range(8):
        mark_round("support", NOW, error)
        row = Mailbox.objects.get()
        assert row.not_before is not None
        waits.append((row.not_before - NOW).total_seconds())
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert queries.mailboxes_due({"support": 5}, NOW + timedelta(seconds=899)) == []
    assert queries.mailboxes_due({"support": 5}, NOW + timedelta(seconds=900)) == ["support"]
    mark_round("support", NOW, MailboxError("busy", kind="throttled", retry_after=3600))
    assert Mailbox.objects.get().not_before == NOW + timedelta(hours=1)
    monkeypatch.setattr(random, "random", lambda: 0.5)
    mark_round("support", NOW, MailboxError("busy", kind="throttled", retry_after=3600))
    assert Mailbox.objects.get().not_before == NOW + timedelta(hours=1.1)
    mark_round(Mailbox.objects.get(), NOW)
    row = Mailbox.objects.get()
    assert (row.failures, row.last_error, row.last_error_kind, row.not_before) == (0, "", "", None)


def test_health_counts_what_is_missing(inbox: Folder, sent: Folder, take_in: Any) -> None:
    """Health shows per folder what the server counts and what we know, and what waits or could not be read."""
    Folder.objects.filter(pk=inbox.pk).update(server_count=5)
    store(inbox, 1, [fetched(n, mail(f"{n}@client.example"), NOW) for n in (1, 2, 3)], NOW)
    store(inbox, 7, [fetched(1, mail("old@client.example"), NOW)], NOW)
    Message.objects.filter(message_id="1@client.example").update(state="quarantined", at=NOW)
    mark_round("support", NOW, MailboxError("no answer", kind="network"))
    (health,) = queries.mailbox_health()
    assert [(each.name, each.on_server, each.known, each.missing) for each in health.folders] == [
        ("INBOX", 5, 3, 2),
        ("Sent", 0, 0, 0),
    ]
    assert (health.missing, health.waiting, health.quarantined, health.quarantined_since) == (2, 3, 1, NOW)
    assert (health.error_kind, health.error, health.last_round_at) == ("network", "no answer", None)


def test_retry_only_frees_the_quarantined(inbox: Folder) -> None:
    """A retry sets a quarantined mail back to its first attempt and leaves any other alone."""
    first, second = store(inbox, 1, [fetched(n, mail(f"{n}@client.example"), NOW) for n in (1, 2)], NOW)
    Message.objects.filter(pk=first).update(state="quarantined", attempts=3, reason="x")
    Message.objects.filter(pk=second).update(attempts=2)
    retry(first)
    retry(second)
    assert list(Message.objects.order_by("pk").values_list("state", "attempts", "reason")) == [
        ("stored", 0, ""),
        ("stored", 2, ""),
    ]
    assert queries.due_messages(10) == [first, second]
    assert queries.due_messages(1) == [first]


def test_pulse() -> None:
    """A pulse keeps its last moment only."""
    beat_pulse("sweep", NOW)
    beat_pulse("sweep", NOW + timedelta(minutes=1))
    assert Pulse.objects.get().at == NOW + timedelta(minutes=1)
