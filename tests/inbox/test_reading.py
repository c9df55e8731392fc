"""Reading: counted before it is tried, and one bad mail stops nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.inbox.conftest import NOW, OWN
from tests.support.mails import DESK, TANAKA, fetched, mail
from tests.support.threads import at_once
from worker.domain.mail import ParsedMail
from worker.inbox import queries
from worker.inbox.models import Folder, Message, Thread
from worker.inbox.services import MAX_ATTEMPTS, ReadResult, read, retry, store
from worker.parsing import read_mail

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def _stored(folder: Folder, *raws: bytes) -> list[int]:
    return store(folder, 1, [fetched(n, raw, NOW + timedelta(minutes=n)) for n, raw in enumerate(raws, 1)], NOW)


def _read(ids: list[int], reader: Callable[[bytes], ParsedMail] = read_mail) -> ReadResult:
    return read(ids, OWN, (), (), NOW, reader)


def _failing_on(word: bytes, error: BaseException) -> Callable[[bytes], ParsedMail]:
    def reader(raw: bytes) -> ParsedMail:
        if word in raw:
            raise error
        return read_mail(raw)

    return reader


def test_rows_are_filled(inbox: Folder) -> None:
    """After reading, the row tells who, when, which way and what about, and the words are at hand."""
    received = "from mx by mx.sample.example; Mon, 6 Apr 2026 21:40:00 +0900"
    raw = mail(
        "a@client.example", sender="田中 太郎 <Tanaka@Client.example>", subject="障害の件", text="復旧はいつですか。",
        date=datetime(2026, 4, 6, 12, 30, tzinfo=UTC), headers={"Received": received},
    )  # fmt: skip
    result = _read(_stored(inbox, raw))
    row = Message.objects.get()
    assert result == ReadResult(read=1, thread_ids=(row.thread_id,))
    assert (row.state, row.direction, row.subject, row.attempts) == ("read", "in", "障害の件", 1)
    assert (row.sender_name, row.sender_address) == ("田中 太郎", "Tanaka@Client.example")
    assert row.at == datetime(2026, 4, 6, 12, 40, tzinfo=UTC)
    assert row.dated == datetime(2026, 4, 6, 12, 30, tzinfo=UTC)
    assert row.counterpart is not None
    assert (row.counterpart.address, row.counterpart.name) == ("tanaka@client.example", "田中 太郎")
    thread = queries.thread_of(row.thread_id)
    assert (thread.key, thread.counterpart.name) == ("a@client.example", "田中 太郎")
    assert thread.messages[0].parsed.own_words == "復旧はいつですか。"
    assert thread.messages[0].key == str(row.pk)


def test_time_without_stamp(inbox: Folder) -> None:
    """Without a Received line the folder's date counts, without that the sender's, without that the time of storing."""
    said = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    mails = [
        fetched(1, mail("1@client.example", date=said, text="1"), NOW + timedelta(hours=1)),
        fetched(2, mail("2@client.example", date=said, text="2")),
        fetched(3, mail("3@client.example", text="3")),
    ]
    _read(store(inbox, 1, mails, NOW))
    at = dict(Message.objects.values_list("message_id", "at"))
    assert [at[f"{n}@client.example"] for n in (1, 2, 3)] == [NOW + timedelta(hours=1), said, NOW]


def test_outgoing_counterpart_is_the_recipient_outside(sent: Folder) -> None:
    """Of a mail of ours the counterpart is the first recipient who is not one of us."""
    raw = mail("o@sample.example", sender=DESK, to=f"sato@sample.example, {TANAKA}")
    _read(_stored(sent, raw))
    row = Message.objects.get()
    assert (row.direction, row.authorship) == ("out", "known")
    assert row.counterpart is not None
    assert row.counterpart.address == TANAKA


def test_web_form_is_from_its_person(inbox: Folder) -> None:
    """A mail written by a web form is from the person in its Reply-To."""

    class Form:
        sender = "form@sample.example"
        person = "reply-to"

    raw = mail("f@sample.example", sender="form@sample.example", headers={"Reply-To": f"田中 <{TANAKA}>"})
    read(_stored(inbox, raw), OWN, (Form(),), (), NOW)
    assert Message.objects.get().sender_address == TANAKA


def test_nobody_outside(inbox: Folder) -> None:
    """A mail without any sender, and one between colleagues, have no counterpart and stop nothing."""
    result = _read(_stored(inbox, b"Subject: x\r\n\r\ny", mail("c@sample.example", sender="sato@sample.example"), b""))
    assert result.read == 3
    assert set(Message.objects.values_list("counterpart", flat=True)) == {None}
    assert set(Thread.objects.values_list("counterpart", flat=True)) == {None}
    assert len(queries.thread_of(result.thread_ids[0]).messages) == 1


@pytest.mark.parametrize("sign", ["\x00", "\ufffe", "😀", "\u2028"])
def test_odd_signs_reach_the_database(inbox: Folder, sign: str) -> None:
    """NUL and other odd signs in every field are kept on either database, NUL as a replacement sign."""
    raw = mail(f"a{sign}@client.example", sender=f"田{sign}中 <{TANAKA}>", subject=f"件{sign}名", text=f"本{sign}文")
    broken = mail("b@client.example", text="x") + b"\xff\xfe\xed\xa0\x80"
    assert _read(_stored(inbox, raw, broken)).read == 2
    assert "本" in Message.objects.get(subject__contains="名").parsed["text"]


def test_endless_fields_are_cut(inbox: Folder) -> None:
    """Endless ids, names, subjects and reference lists are cut to what the rows hold."""
    refs = tuple(f"{'r' * 100}{n}@client.example" for n in range(150))
    raw = mail("i" * 2000 + "@x.example", sender=f"{'名' * 500} <{'a' * 400}@client.example>", subject="件" * 3000,
               references=refs)  # fmt: skip
    assert _read(_stored(inbox, raw)).read == 1
    row = Message.objects.get()
    assert len(row.message_id) <= 500
    assert row.references.count() == 100


def test_one_failure_stops_nobody(inbox: Folder) -> None:
    """A mail whose reading fails stays stored; the others of its batch are read."""
    ids = _stored(inbox, *(mail(f"{n}@client.example", text=f"本文{n}") for n in range(3)))
    result = _read(ids, _failing_on(b"1@client", ValueError("秘密の言葉")))
    assert (result.read, result.failed, result.quarantined) == (2, 1, 0)
    assert Message.objects.get(state="stored").message_id == "1@client.example"
    assert Message.objects.filter(state="read").count() == 2


def test_third_failure_quarantines(inbox: Folder) -> None:
    """After three failures a mail is quarantined with a reason that holds no word of it, and a retry can free it."""
    ids = _stored(inbox, mail("poison@client.example"))
    reader = _failing_on(b"poison", ValueError("秘密の言葉"))
    results = [_read(ids, reader) for _ in range(4)]
    assert [(each.failed, each.quarantined) for each in results] == [(1, 0), (1, 0), (0, 1), (0, 0)]
    row = Message.objects.get()
    assert (row.state, row.attempts) == ("quarantined", MAX_ATTEMPTS)
    assert row.reason == "reading it failed 3 times: ValueError"
    assert queries.due_messages(10) == []
    retry(row.pk)
    assert _read(queries.due_messages(10)).read == 1
    assert Message.objects.get().reason == ""


@pytest.mark.django_db(transaction=True)
def test_attempt_is_counted_before_the_mail_is_touched(inbox: Folder) -> None:
    """When the process ends while reading, the attempt stands in the database already."""
    ids = _stored(inbox, mail("poison@client.example"))
    with pytest.raises(Killed):
        _read(ids, _failing_on(b"poison", Killed()))
    assert Message.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_killer_takes_no_other_with_it(inbox: Folder) -> None:
    """A mail that ends the process each time is quarantined in the end; all others of its batch are read."""
    ids = _stored(inbox, *(mail(f"{n}@client.example", text=f"本文{n}") for n in range(5)))
    reader = _failing_on(b"2@client", Killed())
    deaths = 0
    while queries.due_messages(10):
        try:
            _read(ids, reader)
        except Killed:
            deaths += 1
    assert deaths == MAX_ATTEMPTS
    states = dict(Message.objects.values_list("message_id", "state"))
    assert states.pop("2@client.example") == "quarantined"
    assert set(states.values()) == {"read"}
    assert "ended the worker" in Message.objects.get(state="quarantined").reason


def test_lost_original_is_a_failure(inbox: Folder) -> None:
    """A stored mail whose original is gone fails like any other, with its reason."""
    (pk,) = _stored(inbox, mail("a@client.example"))
    Message.objects.update(original=None)
    assert _read([pk]).failed == 1
    assert Message.objects.get().reason == "reading it failed 1 times: its original is gone"


def test_twice_is_once(inbox: Folder) -> None:
    """Reading what was read already does nothing."""
    ids = _stored(inbox, mail("a@client.example"))
    _read(ids)
    Thread.objects.update(dirty=False)
    assert _read(ids) == ReadResult()
    assert not Thread.objects.get().dirty
    assert _read([]) == ReadResult()


@pytest.mark.django_db(transaction=True)
def test_two_workers_read_once_and_make_one_thread(inbox: Folder) -> None:
    """Workers that read parts of one exchange at the same moment make one thread of it, each mail once."""
    raws = [mail("0@client.example", text="初めに")]
    raws += [
        mail(f"{n}@client.example", text=f"続き{n}", references=(f"{n - 1}@client.example",)) for n in range(1, 24)
    ]
    ids = _stored(inbox, *raws)
    parts = [ids[::2], ids[1::2], ids[:16], ids[8:]]
    results = at_once([lambda part=part: _read(part) for part in parts])  # type: ignore[misc]
    assert sum(each.read for each in results) == len(ids)
    assert Thread.objects.filter(merged_into=None).count() == 1
    assert set(Message.objects.values_list("state", flat=True)) == {"read"}


def test_new_mail_marks_its_thread_and_later_ones(inbox: Folder, take_in: Any) -> None:
    """A mail marks its own thread, and the counterpart's threads that go on after it; others stay clean."""
    take_in(inbox, [mail("late@client.example", subject="後の件")], start=NOW + timedelta(days=3))
    take_in(inbox, [mail("x@other.example", sender="x@other.example", subject="別の人")], first_uid=10, start=NOW)
    take_in(inbox, [mail("early@client.example", subject="前の件")], first_uid=20, start=NOW - timedelta(days=9))
    Thread.objects.update(dirty=False)
    take_in(inbox, [mail("mid@client.example", subject="間の件")], first_uid=30, start=NOW)
    dirty = set(Thread.objects.filter(dirty=True).values_list("subject", flat=True))
    assert dirty == {"後の件", "間の件"}
    assert [Thread.objects.get(pk=pk).subject for pk in queries.dirty_threads(10)] == ["間の件", "後の件"]
    assert len(queries.dirty_threads(1)) == 1
