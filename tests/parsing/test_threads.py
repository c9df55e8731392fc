"""Threads: References, In-Reply-To, cautious subjects; the same in any order of arrival."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parsing.build import message
from worker.domain.mail import Address, Direction, Message, OwnSide, Thread
from worker.parsing.ids import message_ids, one_id
from worker.parsing.threads import digest_of, group, join, link_ids

YAMADA, SUZUKI, OTHER, DESK = (
    "yamada@client.example",
    "suzuki@client.example",
    "x@elsewhere.example",
    "support@sample.example",
)
OWN = OwnSide((DESK,), ("sample.example",))


def reply(key: str, to: str = YAMADA, **more: object) -> Message:
    """An outgoing answer of the desk."""
    return message(key, DESK, to=(to,), direction=Direction.OUT, **more)  # type: ignore[arg-type]


def keys(threads: list[Thread]) -> list[list[str]]:
    return [[found.key for found in thread.messages] for thread in threads]


def test_references() -> None:
    """An exchange hangs together by References, whoever wrote."""
    mails = [
        message("1"),
        reply("2", references=("1",), hours=1),
        message("3", references=("1", "2"), hours=2),
        message("4", hours=3),
    ]
    threads = group(mails)
    assert keys(threads) == [["1", "2", "3"], ["4"]]
    assert [found.answers for found in threads[0].messages] == ["", "1", "2"]
    assert threads[0].counterpart.address == YAMADA
    assert threads[0].key == "1"


def test_in_reply_to() -> None:
    """Without References, In-Reply-To links."""
    threads = group([message("1"), reply("2", in_reply_to="1", hours=1)])
    assert keys(threads) == [["1", "2"]]
    assert threads[0].messages[1].answers == "1"


def test_a_missing_parent() -> None:
    """Mails that name the same lost parent belong together."""
    threads = group([message("2", references=("lost",), hours=1), message("3", references=("lost",), hours=2)])
    assert keys(threads) == [["2", "3"]]
    assert threads[0].messages[1].answers == ""


def test_the_last_reference_that_is_here_is_the_parent() -> None:
    """Rubbish and lost ids at the end of References do not matter, nor a broken In-Reply-To."""
    mails = [message("1"), reply("2", references=("1",), hours=1)]
    late = message("3", references=("1", "2", "lost"), in_reply_to="nowhere", hours=2)
    assert group([*mails, late])[0].messages[2].answers == "2"


def test_blank_ids_never_match() -> None:
    """Mails whose ids are blank are strangers to each other."""
    mails = [message("1", message_id=""), message("2", OTHER, message_id="", hours=1)]
    assert keys(group(mails)) == [["1"], ["2"]]
    assert message_ids("< > <> <.> <\t>") == ()


def test_a_forged_reference_does_not_enter() -> None:
    """A stranger who names a mail of somebody's exchange stands alone, with and without knowing our own side."""
    mails = [message("1"), reply("2", references=("1",), hours=1), message("3", OTHER, references=("1", "2"), hours=2)]
    for own in (None, OWN):
        assert keys(group(mails, own)) == [["1", "2"], ["3"]]


def test_free_mail_is_no_organisation() -> None:
    """Two addresses of one company share its domain; two at a free mail service share nothing."""
    same = [message("1"), message("2", SUZUKI, references=("1",), hours=1)]
    assert keys(group(same)) == [["1", "2"]]
    free = [message("1", "a.yamada@gmail.com"), message("2", "b.suzuki@gmail.com", references=("1",), hours=1)]
    assert keys(group(free)) == [["1"], ["2"]]


def test_somebody_in_copy_may_answer() -> None:
    """Whom we wrote to, and who stood in copy where our own side is known, takes part."""
    ours = [reply("1", cc=(OTHER,)), message("2", OTHER, references=("1",), hours=1)]
    assert keys(group(ours)) == [["1", "2"]]
    theirs = [message("1", cc=(OTHER,)), message("2", OTHER, references=("1",), hours=1)]
    assert keys(group(theirs, OWN)) == [["1", "2"]]


def test_the_desk_is_no_shared_participant() -> None:
    """That both wrote to the desk joins nobody."""
    mails = [message("1"), message("2", OTHER, references=("1",), hours=1)]
    assert keys(group(mails)) == keys(group(mails, OWN)) == [["1"], ["2"]]


def test_subjects() -> None:
    """A reply without references joins by its subject and an address both share; a fresh mail does not."""
    mails = [
        message("1", subject="納期の件"),
        reply("2", subject="Re: 納期の件", hours=1),
        message("3", subject="RE：納期の件", hours=2),
        message("4", subject="納期の件", hours=3),
        message("5", OTHER, subject="Re: 納期の件", hours=4),
    ]
    assert keys(group(mails)) == [["1", "2", "3"], ["4"], ["5"]]


def test_subjects_have_bounds() -> None:
    """Too short a subject, too long ago, machine mail, or references that are here: no join by subject."""
    assert len(group([message("1", subject="件"), message("2", subject="Re: 件", hours=1)])) == 2
    assert len(group([message("1", subject="納期の件"), message("2", subject="Re: 納期の件", hours=31 * 24)])) == 2
    machine = message("2", subject="Re: 納期の件", hours=1, automatic="auto-reply")
    assert len(group([message("1", subject="納期の件"), machine])) == 2
    mails = [
        message("1", subject="納期の件"),
        message("2", subject="請求の件", hours=1),
        message("3", subject="Re: 納期の件", references=("2",), hours=2),
    ]
    assert keys(group(mails)) == [["1"], ["2", "3"]]


def test_lost_references_leave_the_subject() -> None:
    """A reply whose references are all unknown may still join by its subject."""
    mails = [message("1", subject="納期の件"), message("2", subject="Re: 納期の件", references=("lost",), hours=1)]
    assert keys(group(mails)) == [["1", "2"]]


def test_loops_and_self_references() -> None:
    """Mails that name each other, or themselves, make one thread, and answers never run in a circle."""
    mails = [
        message("1", references=("3",)),
        message("2", references=("1", "2"), hours=1),
        message("3", references=("2",), hours=2),
    ]
    threads = group(mails)
    assert keys(threads) == [["1", "2", "3"]]
    assert [found.answers for found in threads[0].messages] == ["", "1", "2"]


def test_duplicates() -> None:
    """The same Message-ID twice stays two messages of one thread; a stranger's copy of an id stays out."""
    twice = [message("1"), message("1b", message_id="1", hours=1), message("1c", OTHER, message_id="1", hours=2)]
    assert keys(group(twice)) == [["1", "1b"], ["1c"]]


def test_answers_that_are_known_stay() -> None:
    """What the place itself named as the parent is kept where no reference finds a nearer one."""
    known = replace(message("2", hours=1), answers="0")
    assert group([message("1"), known])[1].messages[0].answers == "0"
    late = replace(message("3", references=("1", "2"), hours=2), answers="1")
    assert group([message("1"), known, late])[0].messages[-1].answers == "2"


def test_counterparts() -> None:
    """The counterpart is who wrote first from outside, else whom we wrote to, else whoever there is."""
    colleague = message("1", "sato@sample.example", cc=(YAMADA,))
    theirs = message("2", references=("1",), hours=1)
    assert group([colleague, theirs], OWN)[0].counterpart.address == YAMADA
    assert group([reply("1")])[0].counterpart.address == YAMADA
    assert group([colleague], OWN)[0].counterpart.address == "sato@sample.example"
    nobody = message("1", "", to=(), message_id="")
    assert group([nobody])[0].counterpart == Address("", "")
    assert group([message("1", DESK, to=(), direction=Direction.OUT)])[0].counterpart.address == DESK


def test_keys_of_threads() -> None:
    """A thread is named by its first Message-ID, or by a digest where it has none."""
    nameless = message("1", message_id="")
    assert group([nameless])[0].key == digest_of(nameless.parsed)
    assert group([nameless, message("2", subject="x", hours=1)])[0].key != "1"
    assert len(digest_of(message("1", "").parsed)) == 64
    assert digest_of(Message("1", nameless.parsed, Direction.IN, nameless.at, nameless.author).parsed)


def test_nothing() -> None:
    """No messages, no threads."""
    assert group([]) == []


def test_join() -> None:
    """A late mail may bridge two threads, join one, or stand alone."""
    one, two = message("1"), message("3", references=("2",), hours=2)
    threads = group([one, two])
    assert len(threads) == 2
    assert keys(join(reply("2", references=("1",), hours=1), threads)) == [["1", "2", "3"]]
    assert keys(join(message("9", OTHER, hours=3), threads)) == [["1"], ["3"], ["9"]]


def test_link_ids() -> None:
    """The ids to look for are References, then In-Reply-To, each once, without the mail's own."""
    assert link_ids(message("3", references=("1", "3", "2"), in_reply_to="4").parsed) == ("1", "2", "4")
    assert link_ids(message("3", references=("1",), in_reply_to="1").parsed) == ("1",)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b> <c@d>", ("a@b", "c@d")),
        ("<a@b><c@d>\n <a@b>", ("a@b", "c@d")),
        ("<a\n @b>", ("a@b",)),
        ("Your message of <a@b> rubbish", ("a@b",)),
        ("a@b c@d", ("a@b", "c@d")),
        ("rubbish", ()),
        ("<broken", ()),
        ("", ()),
    ],
)
def test_message_ids(value: str, ids: tuple[str, ...]) -> None:
    """Ids are read without brackets, in order, each once; rubbish is none."""
    assert message_ids(value) == ids


def test_one_id() -> None:
    """A Message-ID counts with or without brackets, but not where it is several words or none."""
    assert one_id(" <a@b> ") == "a@b"
    assert one_id("abc123") == "abc123"
    assert one_id("two words") == one_id("") == one_id("<>") == one_id("--") == ""


def shapes() -> list[tuple[int | None, ...]]:
    """Every tree of four mails: for each mail but the first, which earlier one it answers, or none."""
    return list(product([None], [None, 0], [None, 0, 1], [None, 0, 1, 2]))


def tree(parents: tuple[int | None, ...], full: bool) -> list[Message]:
    """Mails of that shape; ``full``: with the whole chain of References, else with In-Reply-To only."""
    mails: list[Message] = []
    chains: list[tuple[str, ...]] = []
    for number, parent in enumerate(parents):
        chain = () if parent is None else (*chains[parent], str(parent))
        chains.append(chain)
        named = chain if full else ()
        answered = "" if parent is None or full else str(parent)
        make = reply if number % 2 else message
        mails.append(make(str(number), references=named, in_reply_to=answered, hours=number))
    return mails


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("shape", shapes())
def test_any_order_of_arrival(shape: tuple[int | None, ...], full: bool) -> None:
    """Every tree of four mails gives the same threads in each of its 24 orders of arrival, all at once or one by one."""
    mails = tree(shape, full)
    expected = group(mails, OWN)
    for order in permutations(mails):
        assert group(order, OWN) == expected
        threads: list[Thread] = []
        for mail in order:
            threads = join(mail, threads, OWN)
        assert threads == expected


NAMES = st.sampled_from(["1", "2", "3", "4", "5", "lost", ""])


@st.composite
def tangles(draw: st.DrawFn) -> list[Message]:
    """Up to five mails that name each other as they like, with forged, blank and doubled ids."""
    mails = []
    for number in range(draw(st.integers(1, 5))):
        sender = draw(st.sampled_from([YAMADA, SUZUKI, OTHER, "", DESK]))
        direction = Direction.OUT if sender == DESK and draw(st.booleans()) else Direction.IN
        mails.append(
            message(
                f"k{number}",
                sender,
                to=tuple(draw(st.lists(st.sampled_from([DESK, YAMADA, OTHER]), max_size=2))),
                message_id=draw(NAMES),
                references=tuple(draw(st.lists(NAMES, max_size=3))),
                in_reply_to=draw(NAMES),
                subject=draw(st.sampled_from(["", "納期の件", "Re: 納期の件", "Re: 請求"])),
                direction=direction,
                hours=draw(st.integers(0, 3)),
            )
        )
    return mails


@settings(max_examples=150, deadline=None)
@given(tangles(), st.randoms(use_true_random=False), st.sampled_from([None, OWN]))
def test_tangles(mails: list[Message], order: random.Random, own: OwnSide | None) -> None:
    """Whatever mails claim, every one stands in exactly one thread, in any order the same, and no answer precedes."""
    expected = group(mails, own)
    shuffled = list(mails)
    order.shuffle(shuffled)
    assert group(shuffled, own) == expected
    assert sorted(found.key for thread in expected for found in thread.messages) == sorted(found.key for found in mails)
    for thread in expected:
        seen: set[str] = set()
        for found in thread.messages:
            assert not found.answers or found.answers in seen
            seen.add(found.key)
