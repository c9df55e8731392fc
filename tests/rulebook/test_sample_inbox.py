"""The sample inbox read by the real parser and judged by the shipped rules under UpShare's policy."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache

import pytest

from worker.config import FormSettings
from worker.demo.sample import SampleMail, SampleThread, sample_threads
from worker.domain.hours import Calendar, ServiceSpan
from worker.domain.judgement import Assessment
from worker.domain.mail import Message, OwnSide, Thread
from worker.domain.scene import Scene
from worker.parsing import read_mail
from worker.parsing.authors import author_of, direction_of
from worker.parsing.threads import group
from worker.resources import shipped
from worker.rulepacks import Judge, load_packs
from worker.rulepacks.policies import load_policy

OWN = OwnSide(("support@sample.example",), ("sample.example",))
FORMS = (FormSettings(sender="form@sample.example"),)
TRUSTED = ("mx.sample.example",)
HOURS = Calendar("Asia/Tokyo", (ServiceSpan(frozenset(range(5)), time(10), time(18)),), "JP", emergencies="by phone")

MISREAD = {
    "my-english-not-good",
    "without-saying-it",
}
"""Threads that are not read as a person would; whoever mends that takes them out."""


@lru_cache(maxsize=1)
def judge() -> Judge:
    """The shipped rules under UpShare's policy."""
    return Judge(load_packs([shipped("rules")]), load_policy("upshare"))


def message(mail: SampleMail) -> Message:
    """The mail as the product reads it."""
    parsed = read_mail(mail.raw)
    author, authorship = author_of(parsed, FORMS, TRUSTED, OWN)
    direction = direction_of(parsed, OWN, mail.folder == "Sent", TRUSTED)
    return Message(parsed.message_id, parsed, direction, mail.internal_date, author, authorship=authorship)


def judged(until: date | None = None) -> dict[str, Assessment]:
    """What is said of each sample thread; of several threads made of one sample, the gravest."""
    told = {identity.strip("<>"): sample.id for sample in sample_threads(until) for identity in sample.message_ids}
    messages = [message(mail) for sample in sample_threads(until) for mail in sample.mails]
    found: dict[str, Assessment] = {}
    for thread in group(messages, OWN):
        said = judge().assess(Scene(thread, HOURS, _history(thread, messages)))
        name = told[thread.messages[0].parsed.message_id.strip("<>")]
        found[name] = max(said, found.get(name, said), key=lambda one: one.score)
    return found


def _history(thread: Thread, messages: list[Message]) -> tuple[Message, ...]:
    here = {one.key for one in thread.messages}
    theirs = (one for one in messages if one.author.key == thread.counterpart.key and one.key not in here)
    return tuple(one for one in theirs if one.at < thread.messages[-1].at)


def _misread(found: dict[str, Assessment], samples: list[SampleThread]) -> set[str]:
    return {sample.id for sample in samples if found[sample.id].flag != bool(sample.expected)}


def test_the_rules_read_the_sample_inbox_as_a_person_would() -> None:
    """Every thread is flagged or left alone as expected, but for those known to be misread."""
    assert _misread(judged(), sample_threads()) <= MISREAD


def test_every_flag_shows_words_or_a_fact_and_the_clause_they_touch() -> None:
    """Under UpShare every category has a clause, residual ones marked; so no flag stands without one."""
    for said in judged().values():
        for evidence in said.evidence if said.flag else ():
            assert evidence.finding.text or evidence.finding.fact
            assert evidence.clause


@pytest.mark.parametrize("until", [date(2027, 1, 8), date(2027, 5, 7), date(2027, 9, 24)])
def test_moving_the_inbox_over_holidays_changes_no_flag(until: date) -> None:
    """Near the new year, in Golden Week and in the silver week the same threads are flagged."""
    assert _misread(judged(until), sample_threads(until)) <= MISREAD
