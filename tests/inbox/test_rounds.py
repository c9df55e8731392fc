"""Rounds: what is new by UID, whatever the server does between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.inbox.conftest import NOW
from tests.support.mails import fetched, mail
from worker.domain.errors import MailboxError
from worker.domain.ports import Fetched, FolderStatus, Profile, ServerTraits
from worker.inbox import queries, rounds
from worker.inbox.models import Folder, Location, Mailbox, Message
from worker.inbox.services import leased, leased_one_of, store

pytestmark = pytest.mark.django_db


@dataclass
class Shelf:
    """A mailbox in memory: folders of mails by UID, with a UIDVALIDITY that can change or be unreadable."""

    mails: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}, "Sent": {}})
    validity: int | None = 7
    asked: list[int] = field(default_factory=list)

    def put(self, *raws: bytes, folder: str = "INBOX") -> None:
        """Append mails."""
        for raw in raws:
            self.mails[folder][max(self.mails[folder], default=0) + 1] = raw

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def folders(self) -> Sequence[str]:
        """The folders in order."""
        return list(self.mails)

    def status(self, folder: str) -> FolderStatus:
        """What a server would say."""
        uids = self.mails[folder]
        return FolderStatus(self.validity, max(uids, default=0) + 1, len(uids))

    def uids(self, folder: str, first: int = 1) -> Sequence[int]:
        """The UIDs from ``first`` on."""
        return sorted(uid for uid in self.mails[folder] if uid >= first)

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[Fetched]:
        """Those that are still there."""
        self.asked += uids
        return (fetched(uid, self.mails[folder][uid], NOW) for uid in uids if uid in self.mails[folder])


def _mails(*names: str) -> list[bytes]:
    return [mail(f"{name}@client.example", text=name) for name in names]


def _plan(shelf: Shelf) -> list[rounds.Range]:
    return list(rounds.plan(shelf, rounds.mailbox_row("support"), ["Sent"]))


def _round(shelf: Shelf) -> int:
    return sum(len(rounds.fetch(shelf, work, NOW)) for work in _plan(shelf))


def _known() -> set[str]:
    return {message_id.partition("@")[0] for message_id in Message.objects.values_list("message_id", flat=True)}


def test_only_what_is_new() -> None:
    """A first round takes everything, the next one nothing, a later one what came meanwhile."""
    shelf = Shelf()
    shelf.put(*_mails("a", "b"))
    shelf.put(*_mails("s"), folder="Sent")
    assert (_round(shelf), _round(shelf)) == (3, 0)
    shelf.put(*_mails("c"))
    shelf.asked.clear()
    assert (_round(shelf), shelf.asked) == (1, [3])
    assert _known() == {"a", "b", "c", "s"}
    assert set(Folder.objects.values_list("name", "sent", "server_count")) == {("INBOX", False, 3), ("Sent", True, 1)}
    assert queries.mailbox_health()[0].missing == 0


def test_a_lost_range_is_asked_for_again() -> None:
    """A range that was planned and never fetched is planned again, whole; what others fetched meanwhile is not."""
    shelf = Shelf()
    shelf.put(*_mails("a", "b", "c"))
    (lost,) = _plan(shelf)
    (again,) = _plan(shelf)
    assert lost == again
    store(Folder.objects.get(name="INBOX"), 7, [fetched(2, shelf.mails["INBOX"][2], NOW)], NOW)
    (rest,) = _plan(shelf)
    assert rest.uids == (1, 3)
    assert lost.still_missing().uids == (1, 3)
    assert rest.message("support") == ("support", rest.folder, 7, [1, 3])


def test_new_uidvalidity_brings_nothing_twice() -> None:
    """Under a new UIDVALIDITY everything is looked at again and recognised; a range planned before it is dropped."""
    shelf = Shelf()
    shelf.put(*_mails("a", "b"))
    _round(shelf)
    shelf.put(*_mails("c"))
    (old,) = _plan(shelf)
    shelf.validity = 8
    shelf.mails["INBOX"] = {uid + 100: raw for uid, raw in shelf.mails["INBOX"].items()}
    assert _round(shelf) == 1
    assert rounds.fetch(shelf, old, NOW) == []
    assert (Message.objects.count(), Location.objects.filter(uidvalidity=8).count()) == (3, 3)


def test_an_unreadable_value_is_no_new_value() -> None:
    """A server that cannot say its UIDVALIDITY for once changes nothing."""
    shelf = Shelf()
    shelf.put(*_mails("a"))
    _round(shelf)
    shelf.validity = None
    shelf.put(*_mails("b"))
    assert _round(shelf) == 1
    assert set(Location.objects.values_list("uidvalidity", flat=True)) == {7}


def test_mail_that_went_meanwhile() -> None:
    """A mail that went between planning and fetching is left out; the others are stored and the round goes on."""
    shelf = Shelf()
    shelf.put(*_mails("a", "b", "c"))
    work = _plan(shelf)
    del shelf.mails["INBOX"][1]
    assert sum(len(rounds.fetch(shelf, each, NOW)) for each in work) == 2
    assert _round(shelf) == 0


def test_many_mails_go_in_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backlog is divided into ranges, and what is held at once is bounded by count and by bytes."""
    monkeypatch.setattr(rounds, "RANGE_MAILS", 4)
    monkeypatch.setattr(rounds, "STORE_BYTES", 1000)
    shelf = Shelf()
    shelf.put(*(mail(f"{n}@client.example", text="x" * 700) for n in range(10)))
    assert [len(work.uids) for work in _plan(shelf)] == [4, 4, 2]
    assert _round(shelf) == 10


def test_lease_for_a_block() -> None:
    """A round holds its mailbox for a block, may renew it, and gives it back at the end whatever happens."""
    with leased("round:support") as held:
        assert held is not None
        assert held.renew()
        with leased("round:support") as other:
            assert other is None
    with pytest.raises(RuntimeError, match="broken"), leased("round:support"):
        raise RuntimeError("broken")
    with leased("round:support") as held:
        assert held is not None


def test_mailbox_row_is_made_once() -> None:
    """The row of a mailbox is made at its first round."""
    assert rounds.mailbox_row("support") == rounds.mailbox_row("support") == Mailbox.objects.get()


def _later(shelf: Shelf, hours: float) -> int:
    at = NOW + timedelta(hours=hours)
    plan = list(rounds.plan(shelf, rounds.mailbox_row("support"), ["Sent"], at))
    return sum(len(rounds.fetch(shelf, work, at)) for work in plan)


def _gone() -> set[str]:
    places = Location.objects.exclude(gone_at=None).values_list("message__message_id", flat=True)
    return {message_id.partition("@")[0] for message_id in places}


def test_mail_below_the_mark_is_found() -> None:
    """A mail whose UID is lower than what was asked for before is found as soon as the counts differ."""
    shelf = Shelf()
    shelf.put(*_mails("a", "b", "c"))
    moved = shelf.mails["INBOX"].pop(2)
    assert (_later(shelf, 0), _later(shelf, 0.05)) == (2, 0)
    shelf.mails["INBOX"][2] = moved
    assert _later(shelf, 0.1) == 0
    assert queries.mailbox_health()[0].missing == 1
    assert _later(shelf, 0.3) == 1
    assert (queries.mailbox_health()[0].missing, _known()) == (0, {"a", "b", "c"})


def test_everything_is_compared_once_a_day() -> None:
    """Where one mail went and another came under an old UID, the counts agree and the daily comparison finds it."""
    shelf = Shelf()
    shelf.put(*_mails("a", "b", "c"))
    swapped = shelf.mails["INBOX"].pop(2)
    assert (_later(shelf, 0), _later(shelf, 0.5)) == (2, 0)
    shelf.mails["INBOX"] = {2: swapped, 3: shelf.mails["INBOX"][3]}
    assert (_later(shelf, 1), _known()) == (0, {"a", "c"})
    assert (_later(shelf, 25), _known(), _gone()) == (1, {"a", "b", "c"}, {"a"})


def test_vanished_mail_is_noted_and_kept() -> None:
    """A mail that was removed from the server keeps its rows; its place is noted as gone, and as there when it is back."""
    shelf = Shelf()
    shelf.put(*_mails("a", "b"))
    _later(shelf, 0)
    gone = shelf.mails["INBOX"].pop(1)
    _later(shelf, 0.5)
    assert (_gone(), _known(), queries.mailbox_health()[0].folders[0].known) == ({"a"}, {"a", "b"}, 1)
    shelf.mails["INBOX"][1] = gone
    assert (_later(shelf, 1), _gone()) == (0, set())
    assert Location.objects.count() == 2


def test_old_places_are_gone_under_a_new_uidvalidity() -> None:
    """After a change of UIDVALIDITY each mail has one place that counts."""
    shelf = Shelf()
    shelf.put(*_mails("a", "b"))
    _later(shelf, 0)
    shelf.validity = 8
    assert _later(shelf, 1) == 0
    assert set(Location.objects.filter(gone_at=None).values_list("uidvalidity", flat=True)) == {8}


def test_a_folder_that_changes_its_uidvalidity_all_the_time_is_left_alone() -> None:
    """After some new UIDVALIDITYs on one day the folder is a fault, the others go on; the next day it gets a chance."""
    shelf = Shelf()
    shelf.put(*_mails("a"))
    _later(shelf, 0)
    for number in range(rounds.RESYNCS_A_DAY):
        shelf.validity = 100 + number
        assert _later(shelf, 1) == 0
    shelf.validity = 200
    shelf.put(*_mails("b"))
    with pytest.raises(MailboxError, match="'INBOX' has had a new UIDVALIDITY 3 times") as caught:
        _later(shelf, 2)
    assert caught.value.kind == "protocol"
    assert _later(shelf, 24) == 1
    assert Message.objects.count() == 2


def test_the_kind_of_server_is_remembered() -> None:
    """What the server is and offers stands with the mailbox, and is shown with its health."""
    traits = ServerTraits(Profile.DOVECOT, ("IDLE", "IMAP4REV1"))
    rounds.note_server(rounds.mailbox_row("support"), traits)
    rounds.note_server(rounds.mailbox_row("support"), traits)
    assert rounds.mailbox_row("support").capabilities == ["IDLE", "IMAP4REV1"]
    assert queries.mailbox_health()[0].profile == "dovecot"


def test_one_of_several_claims() -> None:
    """So many claims as there are names are held at once; who comes then waits a little and gets none."""
    names = ["connection:support:0", "connection:support:1"]
    with leased_one_of(names, 60, 0) as first, leased_one_of(names, 60, 0) as second:
        assert first is not None
        assert second is not None
        assert {first.name, second.name} == set(names)
        with leased_one_of(names, 60, 0.3) as third:
            assert third is None
    with leased_one_of(names, 60, 0) as again:
        assert again is not None
