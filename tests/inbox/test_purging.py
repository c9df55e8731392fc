"""Retention: words go in time, held ones stay, threads and repetition are still recognised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.inbox.conftest import NOW
from tests.support.mails import TANAKA, mail
from worker.directory.models import Counterpart
from worker.domain.errors import MamoriError
from worker.inbox import queries
from worker.inbox.models import Folder, Message, Original, Thread
from worker.inbox.serial import line_digests
from worker.inbox.services import purge

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + 91 * DAY


def test_words_go_digests_stay(inbox: Folder, take_in: Any) -> None:
    """After the time set, original, text, subject and names are gone; time, direction and line digests are there."""
    take_in(inbox, [mail("a@client.example", sender=f"田中 <{TANAKA}>", text="返金してください。")])
    purge(LATER, 90, ())
    row = Message.objects.get()
    assert (row.state, row.parsed, row.original, row.subject) == ("purged", None, None, "")
    assert (row.sender_name, row.sender_address) == ("", "")
    assert row.signature == {"lines": line_digests("返金してください。")}
    assert (row.at, row.direction, row.counterpart.address) == (NOW, "in", TANAKA)
    assert Original.objects.count() == 0
    assert Thread.objects.get().subject == ""
    with pytest.raises(MamoriError, match="was removed"):
        queries.original(row.pk)
    (message,) = queries.thread_of(row.thread_id).messages
    assert (message.parsed.text, message.parsed.defects, message.at) == ("", ("purged",), NOW)


def test_counts_what_it_did(inbox: Folder, take_in: Any) -> None:
    """The result counts messages and originals; a second run finds nothing."""
    take_in(inbox, [mail(f"{n}@client.example", text=str(n)) for n in range(3)])
    result = purge(LATER, 90, ())
    assert (result.messages, result.originals) == (3, 3)
    assert purge(LATER, 90, ()).messages == 0


def test_more_than_a_batch(inbox: Folder, take_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many mails go in small transactions."""
    monkeypatch.setattr("worker.inbox.purging._BATCH", 2)
    take_in(inbox, [mail(f"{n}@client.example", text=str(n)) for n in range(5)])
    assert purge(LATER, 90, ()).messages == 5


def test_held_stays(inbox: Folder, take_in: Any) -> None:
    """Nothing goes of a person with an open case, of a flagged thread, of young or unread mail; ids and queries do."""
    take_in(inbox, [mail("1@client.example", text="1", subject="一の件")])
    take_in(inbox, [mail("2@b.example", sender="b@b.example", text="2", subject="二の件")], first_uid=2)
    take_in(inbox, [mail("3@c.example", sender="c@c.example", text="3")], first_uid=3, start=NOW + 5 * DAY)
    take_in(inbox, [mail("4@d.example", sender="d@d.example", text="4", subject="四の件")], first_uid=4)
    Message.objects.filter(message_id="4@d.example").update(state="quarantined")
    person = Counterpart.objects.filter(address=TANAKA)
    flagged = Thread.objects.filter(subject="二の件")
    assert purge(LATER, 90, person.values("pk"), flagged.values("pk")).messages == 0
    assert purge(LATER, 90, [person.get().pk], [flagged.get().pk]).messages == 0
    assert purge(LATER, 90, [person.get().pk]).messages == 1
    assert set(Message.objects.filter(state="purged").values_list("message_id", flat=True)) == {"2@b.example"}


def test_purged_mail_still_joins(inbox: Folder, take_in: Any) -> None:
    """A late answer to a purged mail lands in its thread, and storing the old mail again brings no second one."""
    raw = mail("a@client.example", subject="一の件")
    take_in(inbox, [raw])
    purge(LATER, 90, ())
    take_in(inbox, [mail("b@client.example", references=("a@client.example",), text="続き")], first_uid=2, start=LATER)
    take_in(inbox, [raw], first_uid=3)
    assert (Thread.objects.count(), Message.objects.count()) == (1, 2)
    assert len(queries.thread_of(Thread.objects.get().pk).messages) == 2


def test_own_signature(inbox: Folder, take_in: Any) -> None:
    """What stays of the words can be told by the caller."""
    take_in(inbox, [mail("a@client.example", text="至急")])
    purge(LATER, 90, (), sign=lambda parsed: {"letters": len(parsed.text.strip())})
    assert Message.objects.get().signature == {"letters": 2}


def test_mail_of_nobody_goes_too(inbox: Folder, take_in: Any) -> None:
    """Mail without a counterpart is not kept for ever because there is nobody to hold it for."""
    take_in(inbox, [b"Subject: x\r\n\r\ny"])
    nobody = Counterpart.objects.none()
    assert purge(LATER, 90, nobody.values("pk"), Thread.objects.none().values("pk")).messages == 1
