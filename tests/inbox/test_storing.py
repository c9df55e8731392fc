"""Storing: once, safely, whatever the bytes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.inbox.conftest import NOW, OWN
from tests.support.mails import fetched, mail
from tests.support.threads import at_once
from worker.domain.errors import MamoriError
from worker.domain.mail import Direction
from worker.domain.ports import Fetched
from worker.inbox import queries
from worker.inbox.models import Folder, Location, Message, Original
from worker.inbox.services import STORE_BATCH, read, store

pytestmark = pytest.mark.django_db


def _mails(count: int) -> list[Fetched]:
    return [fetched(n + 1, mail(f"{n}@client.example", text=f"その{n}"), NOW) for n in range(count)]


def test_bytes_come_back_unaltered(inbox: Folder) -> None:
    """What was fetched is kept byte for byte, compressed, under its digest."""
    raw = mail("a@client.example", text="あ" * 2000)
    (pk,) = store(inbox, 1, [fetched(1, raw, NOW)], NOW)
    assert queries.original(pk) == raw
    assert len(bytes(Original.objects.get().content)) < len(raw)


def test_twice_is_once(inbox: Folder) -> None:
    """Storing the same range again adds no row and names no new message."""
    mails = _mails(5)
    assert len(store(inbox, 1, mails, NOW)) == 5
    assert store(inbox, 1, mails, NOW) == []
    assert (Message.objects.count(), Location.objects.count(), Original.objects.count()) == (5, 5, 5)


def test_more_than_a_batch(inbox: Folder) -> None:
    """A range larger than a batch is stored in full, in order."""
    count = STORE_BATCH + 7
    ids = store(inbox, 1, _mails(count), NOW)
    assert len(ids) == count == Message.objects.count()
    assert ids == sorted(ids)


def test_two_folders_one_message(inbox: Folder, sent: Folder) -> None:
    """A mail that lies in two folders is one message at two places."""
    raw = mail("a@client.example")
    store(inbox, 1, [fetched(1, raw, NOW)], NOW)
    assert store(sent, 1, [fetched(9, b"X-Filed: yes\r\n" + raw, NOW)], NOW) == []
    assert Message.objects.count() == 1
    assert set(Location.objects.values_list("folder__name", "uid")) == {("INBOX", 1), ("Sent", 9)}


def test_new_uidvalidity_matches_again(inbox: Folder) -> None:
    """After a change of UIDVALIDITY the mails are recognised under their new UIDs; none is new."""
    mails = _mails(3)
    store(inbox, 1, mails, NOW)
    moved = [Fetched(each.uid + 100, each.raw, each.size, each.internal_date) for each in mails]
    assert store(inbox, 2, moved, NOW) == []
    assert Message.objects.count() == 3
    assert set(Location.objects.filter(uidvalidity=2).values_list("uid", flat=True)) == {101, 102, 103}


def test_same_mail_twice_in_a_folder(inbox: Folder) -> None:
    """A mail that was copied within its folder is one message at two places."""
    raw = mail("a@client.example")
    assert len(store(inbox, 1, [fetched(1, raw, NOW), fetched(2, raw, NOW)], NOW)) == 1
    assert Location.objects.count() == 2


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00", b"\xff\xfe\x00\r\n", b"Message-ID: <\x00\xed\xa0\x80@x>\r\n\r\nx", b"Message-ID: " + b"a" * 9000],
)
def test_what_cannot_be_peeked_is_stored(inbox: Folder, raw: bytes) -> None:
    """NUL, broken bytes, no header, endless ids: every mail is received."""
    (pk,) = store(inbox, 1, [fetched(1, raw)], NOW)
    assert queries.original(pk) == raw
    assert Message.objects.get().at == NOW


def test_sent_folder_is_outgoing(inbox: Folder, sent: Folder) -> None:
    """Mail of a Sent folder is outgoing from the start, so is what its place says."""
    store(sent, 1, [fetched(1, mail("o@sample.example"), NOW)], NOW)
    said = Fetched(1, mail("p@sample.example"), 10, NOW, direction=Direction.OUT)
    store(inbox, 1, [said], NOW)
    assert set(Message.objects.values_list("direction", flat=True)) == {"out"}


def test_copy_in_sent_seen_later(inbox: Folder, sent: Folder, take_in: Any) -> None:
    """A mail read as incoming whose copy in Sent turns up later is read again, as outgoing."""
    raw = mail("o@sample.example", sender="support@sample.example", to="tanaka@client.example")
    take_in(inbox, [raw])
    assert Message.objects.get().direction == "in"
    ids = store(sent, 1, [fetched(4, raw, NOW)], NOW)
    assert ids == [Message.objects.get().pk]
    read(ids, OWN, (), (), NOW)
    message = Message.objects.get()
    assert (message.direction, message.state, message.authorship) == ("out", "read", "known")
    assert message.counterpart is not None
    assert message.counterpart.address == "tanaka@client.example"


def test_altered_original_is_noticed(inbox: Folder) -> None:
    """An original that was altered in the database is not handed out as if it were sound."""
    (pk,) = store(inbox, 1, [fetched(1, mail("a@client.example"), NOW)], NOW)
    row = Original.objects.get()
    Original.objects.update(content=b"x" + bytes(row.content)[1:])
    with pytest.raises(MamoriError, match="damaged"):
        queries.original(pk)
    from worker.inbox.originals import pack

    Original.objects.update(content=pack(b"y" * row.size))
    with pytest.raises(MamoriError, match="does not match"):
        queries.original(pk)


@pytest.mark.django_db(transaction=True)
def test_two_workers_store_nothing_twice(inbox: Folder) -> None:
    """Workers that store overlapping ranges at the same moment leave each mail once, at each of its places."""
    mails = _mails(60)
    shuffled = [mails, mails[::-1], mails[20:] + mails[:20], mails[::2] + mails[1::2]]
    works = [lambda batch=batch: store(inbox, 1, batch, NOW + timedelta(seconds=1)) for batch in shuffled]  # type: ignore[misc]
    results = at_once(works)
    assert (Message.objects.count(), Location.objects.count(), Original.objects.count()) == (60, 60, 60)
    assert {pk for ids in results for pk in ids} == set(Message.objects.values_list("pk", flat=True))
