"""Hostile mail is read in a process of its own: what it does there stops nobody else's mail."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.inbox.conftest import NOW, OWN
from tests.support.mails import fetched, mail
from worker import wiring_state
from worker.demo.sample import sample_mails
from worker.domain.errors import MamoriError
from worker.inbox import child
from worker.inbox.child import Bounds, ChildReader, Unreadable
from worker.inbox.models import Folder, Message
from worker.inbox.serial import to_json
from worker.inbox.services import MAX_ATTEMPTS, read, retry, store
from worker.parsing import read_mail

HOSTILE = (child._COMMAND[0], str(Path(__file__).parents[1] / "support" / "hostile_child.py"))
ACTS = {
    "hang": "it took longer than 1 seconds",
    "spin": "it took longer than 1 seconds",
    "eat": "it needed more than 200 MB of memory",
    "die": "it ended the process that read it (9)",
    "leave": "it ended the process that read it (3)",
    "invent": "what came of it was not understood (TypeError)",
    "raise": "ZeroDivisionError",
}


@pytest.fixture
def hostile() -> Iterator[ChildReader]:
    """A reader whose mails can act; its limits are small."""
    with closing(ChildReader(Bounds(200, 1.0), HOSTILE)) as reader:
        yield reader


def acting(act: str, name: str = "bad@client.example") -> bytes:
    """A mail that does something."""
    return mail(name, text="本文です。", headers={"X-Act": act})


def good(number: int) -> bytes:
    """An ordinary mail."""
    return mail(f"{number}@client.example", text=f"{number}件目です。")


def alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pid_of(reader: ChildReader) -> int:
    """The running child's id."""
    reader.ready()
    assert reader._child is not None
    return reader._child._process.pid


def test_the_child_reads_as_we_do() -> None:
    """Every sample mail comes back as the same mail, headers included; only the HTML source stays behind."""
    with closing(ChildReader()) as reader:
        for sample, outcome in zip(sample_mails(), reader.each(sample.raw for sample in sample_mails()), strict=True):
            expected = read_mail(sample.raw)
            assert not isinstance(outcome, Unreadable)
            assert (to_json(outcome), dict(outcome.headers)) == (to_json(expected), dict(expected.headers))


def test_bytes_of_any_kind_come_back() -> None:
    """Lone surrogates, NUL, nothing at all and a mail of 20 MB: each gives an outcome, and order is kept."""
    raws = [b"", b"\x00\x80\xff", good(1), b"Subject: =?utf-8?b?7aCA?=\r\n\r\nx", good(2), b"A" * 20_000_000, good(3)]
    with closing(ChildReader()) as reader:
        outcomes = list(reader.each(raws))
    assert not [outcome for outcome in outcomes if isinstance(outcome, Unreadable)]
    ids = [outcome.message_id for outcome in outcomes if not isinstance(outcome, Unreadable)]
    assert [ids[n] for n in (2, 4, 6)] == ["1@client.example", "2@client.example", "3@client.example"]


@pytest.mark.parametrize("act", ACTS)
def test_a_hostile_mail_stops_no_other(hostile: ChildReader, act: str) -> None:
    """Whatever one mail does to the child, those before and behind it are read, and it has its own reason."""
    outcomes = list(hostile.each([good(1), good(2), acting(act), good(3), good(4)]))
    assert [isinstance(outcome, Unreadable) for outcome in outcomes] == [False, False, True, False, False]
    assert str(outcomes[2]) == ACTS[act]
    with pytest.raises(Unreadable):
        hostile(acting(act))
    assert hostile(good(5)).message_id == "5@client.example"


@pytest.mark.parametrize("act", ["babble", "stop"])
def test_a_child_that_goes_silent_is_ended(hostile: ChildReader, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is stopped, or claims an endless answer, is killed by us when its time is up."""
    monkeypatch.setattr(child, "_GRACE_SECONDS", 0.2)
    outcomes = list(hostile.each([acting(act), good(1)]))
    assert str(outcomes[0]) == "it took longer than 1 seconds"
    assert not isinstance(outcomes[1], Unreadable)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["hang", "eat", "die"])
def test_quarantine_after_three_attempts(inbox: Folder, hostile: ChildReader, act: str) -> None:
    """The others of its batch are read at once; the mail itself is put aside with its reason, and may be retried."""
    mails = [fetched(n, raw, NOW) for n, raw in enumerate([good(1), acting(act), good(2)], 1)]
    ids = store(inbox, 1, mails, NOW)
    first = read(ids, OWN, (), (), NOW, hostile)
    assert (first.read, first.failed) == (2, 1)
    for _ in range(MAX_ATTEMPTS - 1):
        read(ids, OWN, (), (), NOW, hostile)
    row = Message.objects.get(message_id="bad@client.example")
    assert (row.state, row.reason) == ("quarantined", f"reading it failed 3 times: {ACTS[act]}")
    retry(row.pk)
    with closing(ChildReader()) as ordinary:
        assert read([row.pk], OWN, (), (), NOW, ordinary).read == 1
    row.refresh_from_db()
    assert (row.state, row.reason) == ("read", "")


@pytest.mark.django_db
def test_a_child_that_cannot_start_blames_no_mail(inbox: Folder) -> None:
    """Where no child can be started, reading fails as a whole and no mail's attempt is counted."""
    ids = store(inbox, 1, [fetched(1, good(1), NOW)], NOW)
    reader = ChildReader(command=(child._COMMAND[0], "-c", "pass"))
    with pytest.raises(MamoriError, match="could not be started"):
        read(ids, OWN, (), (), NOW, reader)
    assert Message.objects.get().attempts == 0


@pytest.mark.django_db
def test_a_long_batch_is_saved_in_parts(inbox: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is saved and joined in parts while the child reads on; every mail is in its thread in the end."""
    monkeypatch.setattr("worker.inbox.reading.SAVE_MAILS", 3)
    ids = store(inbox, 1, [fetched(n, good(n), NOW) for n in range(1, 9)], NOW)
    with closing(ChildReader()) as reader:
        result = read(ids, OWN, (), (), NOW, reader)
    assert (result.read, len(result.thread_ids)) == (8, 8)


def test_the_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that meets hostile bytes has none of our environment's passwords and no settings."""
    monkeypatch.setenv("MAMORI_SUPPORT_PASSWORD", "secret")
    with closing(ChildReader()) as reader:
        environment = Path(f"/proc/{pid_of(reader)}/environ").read_bytes()
    assert b"secret" not in environment
    assert b"MAMORI" not in environment


def test_a_thread_takes_its_child_along() -> None:
    """Each thread has one reader, and a child ends with its thread."""
    pids: list[int] = []

    def work() -> None:
        assert wiring_state.mail_reader() is wiring_state.mail_reader()
        pids.append(pid_of(wiring_state.mail_reader()))

    for _ in range(2):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    gc.collect()
    assert len(set(pids)) == 2
    assert not any(map(alive, pids))


def test_an_idle_child_that_died_is_replaced(hostile: ChildReader) -> None:
    """A child that ended between two batches costs the first mail an attempt, and the next one is read."""
    os.kill(pid_of(hostile), 9)
    outcomes = list(hostile.each([good(1), good(2)]))
    assert [isinstance(outcome, Unreadable) for outcome in outcomes] == [True, False]


def test_asking_the_group_to_stop_leaves_the_child_reading(hostile: ChildReader) -> None:
    """Ctrl-C and a service manager's SIGTERM reach the child too; it ends when we do, not before."""
    for number in (2, 15):
        os.kill(pid_of(hostile), number)
    assert hostile(good(1)).message_id == "1@client.example"


def test_a_child_whose_parent_is_gone_ends(hostile: ChildReader) -> None:
    """When its parent's end of the pipe is closed the child leaves by itself."""
    pid = pid_of(hostile)
    assert hostile._child is not None
    process = hostile._child._process
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0
    assert not alive(pid)
