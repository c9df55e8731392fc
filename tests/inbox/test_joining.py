"""Threads: the same in any order of arrival, and never joined with a stranger's."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.inbox.conftest import NOW, OWN
from tests.support.mails import DESK, TANAKA, fetched, mail
from worker.inbox import queries
from worker.inbox.models import Folder, Message, Thread
from worker.inbox.services import read, store, threads_merged

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _arrive(folder: Folder, *mails: tuple[bytes, datetime]) -> None:
    """Each mail arrives in a round of its own."""
    for uid, (raw, at) in enumerate(mails, 1):
        read(store(folder, 1, [fetched(uid, raw, at)], NOW), OWN, (), (), NOW)


def _partition() -> set[frozenset[str]]:
    """The Message-IDs that stand together."""
    threads: dict[int, set[str]] = {}
    for thread, message_id in Message.objects.values_list("thread", "message_id"):
        threads.setdefault(thread, set()).add(message_id)
    return {frozenset(each) for each in threads.values()}


def _state() -> Any:
    """Everything about the threads that must not depend on the order of arrival."""
    rows = Thread.objects.filter(merged_into=None).order_by("first_at", "last_at", "subject")
    fields = rows.values_list("subject", "first_at", "last_at", "counterpart__address", "dirty")
    linked = {}
    for thread in rows:
        view = queries.thread_of(thread.pk)
        names = {each.key: each.parsed.message_id for each in view.messages}
        linked[view.key] = [(each.parsed.message_id, names.get(each.answers, "")) for each in view.messages]
    return _partition(), list(fields), linked


SCENES = {
    "a chain": [
        (mail("a@client.example", text="一"), NOW),
        (mail("b@sample.example", sender=DESK, to=TANAKA, references=("a@client.example",), text="二"), NOW + DAY),
        (mail("c@client.example", references=("a@client.example", "b@sample.example"), text="三"), NOW + 2 * DAY),
        (mail("d@client.example", in_reply_to="c@client.example", text="四"), NOW + 3 * DAY),
    ],
    "a parent that never comes": [
        (mail("a@client.example", references=("lost@sample.example",), text="一"), NOW),
        (mail("b@client.example", in_reply_to="lost@sample.example", text="二"), NOW + DAY),
        (mail("c@client.example", references=("other@sample.example",), text="三"), NOW + DAY),
    ],
    "a bridge": [
        (mail("a@client.example", subject="一の件", text="一"), NOW),
        (mail("b@client.example", subject="二の件", text="二"), NOW + DAY),
        (mail("c@client.example", references=("a@client.example", "b@client.example"), text="三"), NOW + 2 * DAY),
        (mail("d@client.example", references=("b@client.example",), text="四"), NOW + 3 * DAY),
    ],
    "by subject": [
        (mail("a@client.example", subject="請求書の件", text="一"), NOW),
        (mail("b@client.example", subject="Re: 請求書の件", text="二"), NOW + DAY),
        (mail("c@client.example", subject="RE: Re: 請求書の件", text="三"), NOW + 29 * DAY),
        (mail("d@client.example", subject="請求書の件", text="四"), NOW + 20 * DAY),
    ],
    "a loop of forged references": [
        (mail("a@client.example", references=("c@client.example",), text="一"), NOW),
        (mail("b@client.example", references=("a@client.example",), text="二"), NOW),
        (mail("c@client.example", references=("b@client.example",), text="三"), NOW),
    ],
    "two that claim one id": [
        (mail("a@client.example", text="一"), NOW),
        (mail("a@client.example", text="二"), NOW + DAY),
        (mail("b@client.example", references=("a@client.example",), text="三"), NOW + 2 * DAY),
    ],
    "a colleague of theirs": [
        (mail("a@client.example", text="一"), NOW),
        (mail("b@client.example", sender="mori@tokyo.client.example", references=("a@client.example",)), NOW + DAY),
        (mail("c@gmail.com", sender="stranger@gmail.com", references=("a@client.example",), text="三"), NOW + DAY),
    ],
}  # fmt: skip
EXPECTED = {
    "a chain": ["abcd"],
    "a parent that never comes": ["ab", "c"],
    "a bridge": ["abcd"],
    "by subject": ["abcd"],
    "a loop of forged references": ["abc"],
    "two that claim one id": ["ab"],
    "a colleague of theirs": ["ab", "c"],
}


@pytest.mark.parametrize("scene", SCENES)
def test_any_order_of_arrival(inbox: Folder, scene: str) -> None:
    """Every order of arrival ends in the same threads, columns and links."""
    states = []
    for order in itertools.permutations(SCENES[scene]):
        Message.objects.all().delete()
        Thread.objects.all().update(merged_into=None)
        Thread.objects.all().delete()
        _arrive(inbox, *order)
        states.append(_state())
    assert all(state == states[0] for state in states)
    partition = {"".join(sorted(each[0] for each in group)) for group in states[0][0]}
    assert partition == set(EXPECTED[scene])


@pytest.mark.parametrize("scene", SCENES)
def test_batches_make_the_same_threads(inbox: Folder, scene: str) -> None:
    """Read in one batch, a scene falls into the same threads as mail by mail."""
    mails = [fetched(n, raw, at) for n, (raw, at) in enumerate(SCENES[scene], 1)]
    read(store(inbox, 1, mails, NOW), OWN, (), (), NOW)
    assert {"".join(sorted(each[0] for each in group)) for group in _partition()} == set(EXPECTED[scene])


@pytest.mark.parametrize(
    "second",
    [
        mail("b@other.example", sender="mori@other.example", references=("a@client.example",), text="二"),
        mail("b@client.example", subject="Re: 別の話題です", text="二"),
        mail("b@other.example", sender="mori@other.example", subject="Re: 請求書の件", text="二"),
        mail("b@client.example", sender="suzuki@client.example", subject="Re: 請求書の件", text="二"),
        mail("b@client.example", subject="請求書の件", text="二"),
        mail("b@client.example", subject="Re: 請求書の件", references=("gone@client.example",), text="二"),
        mail("b@client.example", subject="Re: 請求書の件", text="二", headers={"Auto-Submitted": "auto-replied"}),
        mail("", subject="二の件", references=("",), headers={"References": "< > <>", "In-Reply-To": "<>"}),
    ],
    ids=["forged reference", "other subject", "stranger's subject", "colleague's subject", "no reply mark",
         "names another mail", "machine", "blank ids"],
)  # fmt: skip
def test_not_joined(inbox: Folder, second: bytes) -> None:
    """What shares nobody outside, or only resembles, stays apart."""
    first = mail("a@client.example", subject="請求書の件", headers={"References": "< >"})
    _arrive(inbox, (first, NOW), (second, NOW + DAY))
    assert len(_partition()) == 2


def test_subject_only_within_thirty_days(inbox: Folder) -> None:
    """A bare reply after more than thirty days begins a new thread."""
    _arrive(
        inbox,
        (mail("a@client.example", subject="請求書の件", text="一"), NOW),
        (mail("b@client.example", subject="Re: 請求書の件", text="二"), NOW + 31 * DAY),
    )
    assert len(_partition()) == 2


def test_short_subjects_say_nothing(inbox: Folder) -> None:
    """A subject of one or two letters joins nothing."""
    _arrive(
        inbox,
        (mail("a@client.example", subject="件", text="一"), NOW),
        (mail("b@client.example", subject="Re: 件", text="二"), NOW + DAY),
    )
    assert len(_partition()) == 2


def test_merging_keeps_the_older_row(inbox: Folder) -> None:
    """When a late parent makes two threads one, the older row keeps the mails and the other leads to it."""
    heard: list[tuple[int, list[int]]] = []

    def hear(survivor: int, merged: list[int], **_: object) -> None:
        heard.append((survivor, merged))

    threads_merged.connect(hear)
    try:
        _arrive(inbox, *(SCENES["a bridge"][n] for n in (0, 1, 3, 2)))
    finally:
        threads_merged.disconnect(hear)
    old, new = Thread.objects.order_by("pk")
    assert (old.merged_into, new.merged_into, new.dirty) == (None, old, False)
    assert heard == [(old.pk, [new.pk])]
    assert queries.thread_of(new.pk) == queries.thread_of(old.pk)
    assert queries.dirty_threads(10) == [old.pk]


def test_merging_twice_points_to_the_last(inbox: Folder) -> None:
    """A thread merged into one that is merged later still leads to where the mails are."""
    subjects = ("一の件", "二の件", "三の件")
    singles = [(mail(f"{n}@client.example", subject=subject), NOW) for n, subject in enumerate(subjects)]
    bridge_12 = mail("x@client.example", references=("1@client.example", "2@client.example"), text="x")
    bridge_01 = mail("y@client.example", references=("0@client.example", "1@client.example"), text="y")
    _arrive(inbox, *singles, (bridge_12, NOW), (bridge_01, NOW))
    first, second, third = Thread.objects.order_by("pk")
    assert (second.merged_into, third.merged_into) == (first, first)
    assert len(queries.thread_of(third.pk).messages) == 5


def test_counterpart_is_who_wrote_first(inbox: Folder, sent: Folder, take_in: Any) -> None:
    """A thread that we began is with whom we wrote to, until its first incoming mail says who answers."""
    take_in(sent, [mail("o@sample.example", sender=DESK, to="info@client.example", text="ご案内")])
    assert Thread.objects.get().counterpart.address == "info@client.example"
    take_in(inbox, [mail("a@client.example", references=("o@sample.example",))], start=NOW + DAY)
    assert Thread.objects.get().counterpart.address == TANAKA


def test_queries_stay_few(inbox: Folder, django_assert_max_num_queries: Any) -> None:
    """Reading a batch of a hundred mails of many threads takes a bounded number of statements."""
    mails = [
        fetched(n, mail(f"{n}@c{n}.example", sender=f"p{n}@c{n}.example", subject=f"件名その{n}"), NOW)
        for n in range(100)
    ]
    ids = store(inbox, 1, mails, NOW)
    with django_assert_max_num_queries(40):
        read(ids, OWN, (), (), NOW)
