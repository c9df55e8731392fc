"""Threads and histories as the judgement gets them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.inbox.conftest import NOW
from tests.support.mails import DESK, TANAKA, mail
from worker.directory.models import Counterpart
from worker.domain.errors import MamoriError
from worker.inbox import queries
from worker.inbox.models import Folder, Message, Thread

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_history_is_the_counterparts_other_mail_before(inbox: Folder, sent: Folder, take_in: Any) -> None:
    """History holds both ways, other threads only, nothing later, oldest first."""
    take_in(inbox, [mail("1@client.example", subject="一の件", text="最初")], start=NOW)
    take_in(sent, [mail("2@sample.example", sender=DESK, to=TANAKA, subject="ご回答", text="返事")], start=NOW + DAY)
    take_in(inbox, [mail("3@client.example", subject="三の件", text="今")], first_uid=3, start=NOW + 2 * DAY)
    take_in(inbox, [mail("4@client.example", subject="四の件", text="後")], first_uid=4, start=NOW + 3 * DAY)
    take_in(inbox, [mail("5@x.example", sender="x@x.example", subject="他人", text="別")], first_uid=5, start=NOW)
    counterpart = Counterpart.objects.get(address=TANAKA)
    current = Message.objects.get(message_id="3@client.example")
    history = queries.history_of(counterpart.pk, current.at, current.thread_id)
    assert [each.parsed.text.strip() for each in history] == ["最初", "返事"]
    assert [each.direction.value for each in history] == ["in", "out"]


def test_history_is_bounded_to_the_newest(inbox: Folder, take_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long history the newest mails are given."""
    monkeypatch.setattr(queries, "HISTORY_LIMIT", 3)
    monkeypatch.setattr(queries, "THREAD_LIMIT", 2)
    take_in(inbox, [mail(f"{n}@client.example", subject=f"その{n}の件", text=str(n)) for n in range(6)])
    counterpart = Counterpart.objects.get()
    history = queries.history_of(counterpart.pk, NOW + DAY, 0)
    assert [each.parsed.text.strip() for each in history] == ["3", "4", "5"]
    Message.objects.update(thread=Thread.objects.order_by("pk")[0])
    thread = queries.thread_of(Thread.objects.order_by("pk")[0].pk)
    assert [each.parsed.text.strip() for each in thread.messages] == ["4", "5"]


def _plans() -> dict[str, Any]:
    read = Message.objects.filter(state__in=["read", "purged"])
    return {
        "message_of_counterpart": read.filter(counterpart=1, at__lt=NOW).order_by("-at", "-identity")[:200],
        "message_of_thread": read.filter(thread=1).order_by("at", "identity")[:1],
        "message_by_subject": read.filter(subject_key__in=["a", "b"], bare_reply__in=(True,), at__gte=NOW),
        "message_id": read.filter(message_id__in=["a", "b"]),
        "message_unread": Message.objects.filter(unread="stored").order_by("attempts", "pk")[:10],
        "thread_of_counterpart": Thread.objects.filter(counterpart=1, last_at__gte=NOW),
    }


@pytest.mark.parametrize("index", list(_plans()))
def test_goes_by_index(inbox: Folder, take_in: Any, index: str) -> None:
    """What is asked for each mail goes by an index of its own, so the 100,000th mail costs like the first."""
    take_in(inbox, [mail(f"{n}@client.example", subject=f"その{n}の件") for n in range(3)])
    if connection.vendor == "postgresql":
        connection.cursor().execute("SET enable_seqscan = off")
    assert index in _plans()[index].explain()


def test_answers_name_the_parent(inbox: Folder, sent: Folder, take_in: Any) -> None:
    """Each mail carries the key of the mail before it that it answers."""
    take_in(inbox, [mail("1@client.example", text="一")])
    take_in(sent, [mail("2@sample.example", sender=DESK, to=TANAKA, in_reply_to="1@client.example")], start=NOW + DAY)
    take_in(inbox, [mail("3@client.example", references=("1@client.example", "2@sample.example"))], first_uid=3,
            start=NOW + 2 * DAY)  # fmt: skip
    thread = queries.thread_of(Thread.objects.get().pk)
    keys = [each.key for each in thread.messages]
    assert [each.answers for each in thread.messages] == ["", keys[0], keys[1]]


def test_without_message_id_the_thread_has_a_digest(inbox: Folder, take_in: Any) -> None:
    """A thread of mails without ids is named by a digest."""
    take_in(inbox, [mail()])
    assert queries.thread_of(Thread.objects.get().pk).key == Message.objects.get().identity


def test_what_is_not_there(inbox: Folder) -> None:
    """A thread or message that does not exist, or holds nothing read, is said in a sentence."""
    empty = Thread.objects.create(first_at=NOW, last_at=NOW)
    with pytest.raises(MamoriError, match="holds no mail"):
        queries.thread_of(empty.pk)
    with pytest.raises(MamoriError, match="no thread"):
        queries.thread_of(999)
    with pytest.raises(MamoriError, match="no message"):
        queries.original(999)


def test_quarantined_are_listed(inbox: Folder, take_in: Any) -> None:
    """What could not be read is listed without its content."""
    take_in(inbox, [mail("a@client.example")])
    Message.objects.update(state="quarantined", reason="x")
    assert [(each.pk, each.reason) for each in queries.quarantined(5)] == [(Message.objects.get().pk, "x")]


def test_several_threads_at_once(inbox: Folder, take_in: Any, django_assert_num_queries: Any) -> None:
    """Many threads are given in two statements, each as by itself; empty ones are left out."""
    take_in(inbox, [mail(f"{n}@client.example", subject=f"その{n}の件", text=str(n)) for n in range(4)])
    empty = Thread.objects.create(first_at=NOW, last_at=NOW)
    ids = list(Thread.objects.values_list("pk", flat=True))
    with django_assert_num_queries(2):
        found = queries.threads_of(ids)
    assert found == {pk: queries.thread_of(pk) for pk in ids if pk != empty.pk}


def test_work_is_shared_by_id(inbox: Folder, take_in: Any) -> None:
    """Shares of what is due are disjoint and together everything."""
    take_in(inbox, [mail(f"{n}@client.example", subject=f"その{n}の件", text=str(n)) for n in range(6)])
    shares = [queries.dirty_threads(10, share, 3) for share in range(3)]
    assert sorted(pk for share in shares for pk in share) == sorted(queries.dirty_threads(10))
    Message.objects.update(state="stored")
    assert set(queries.due_messages(10, 0, 2)).isdisjoint(queries.due_messages(10, 1, 2))


def test_scenes_are_threads_with_their_histories(inbox: Folder, sent: Folder, take_in: Any) -> None:
    """Threads asked for together are what each would be by itself, and so is the history of each."""
    take_in(inbox, [mail("1@client.example", subject="一の件", text="最初")], start=NOW)
    take_in(sent, [mail("2@sample.example", sender=DESK, to=TANAKA, subject="ご回答", text="返事")], start=NOW + DAY)
    take_in(inbox, [mail("3@client.example", subject="三の件", text="今")], first_uid=3, start=NOW + 2 * DAY)
    take_in(inbox, [mail("5@x.example", sender="x@x.example", subject="他人", text="別")], first_uid=5, start=NOW)
    empty = Thread.objects.create(first_at=NOW, last_at=NOW)
    person = Counterpart.objects.get(address=TANAKA)
    asked = [row.pk for row in Thread.objects.exclude(counterpart__address="x@x.example")][1:]
    scenes = queries.scenes_of([*asked, empty.pk], [person.pk])
    assert set(scenes) == {pk for pk in asked if pk != empty.pk}
    for pk, (thread, history) in scenes.items():
        assert thread == queries.thread_of(pk)
        assert history == queries.history_of(person.pk, thread.messages[-1].at, pk)


def test_a_counterparts_threads_are_one_share(inbox: Folder, take_in: Any) -> None:
    """Threads of one person are assessed by one worker; a thread of nobody belongs to a share as well."""
    take_in(inbox, [mail(f"{n}@client.example", subject=f"その{n}の件", text=str(n)) for n in range(4)])
    nobodys = Thread.objects.create(first_at=NOW, last_at=NOW).pk
    shares = [set(queries.dirty_threads(10, share, 3)) for share in range(3)]
    assert sorted(len(share - {nobodys}) for share in shares) == [0, 0, 4]
    assert sum(nobodys in share for share in shares) == 1
