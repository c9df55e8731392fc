"""What is said: the pack's rules over the sender's own words, and what lowers them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.judging import CALENDAR, CUSTOMER, cue, messages, rule
from worker.detectors.matching import Matcher
from worker.detectors.phrases import Phrases
from worker.detectors.reading import read
from worker.domain.judgement import Category, Field, Finding
from worker.domain.mail import Block, Direction, Message, Region, Thread
from worker.domain.rules import Rule, Strength, Way
from worker.domain.scene import Scene
from worker.rulepacks.sample import sample_message


def found(mails: tuple[Message, ...], *rules: Rule) -> list[Finding]:
    """The findings of the phrase detector."""
    matcher = Matcher(rules, [cue("冗談", "joke"), cue("手違い", "admitted", factor=1.0)])
    reading = read(Scene(Thread("t", CUSTOMER, mails), CALENDAR), matcher, lambda parsed: not parsed.automatic)
    return list(Phrases().examine(reading))


def test_a_finding_is_the_whole_sentence_in_the_original() -> None:
    """Rule, category, reason and the sentence as it was written, with its place in the text."""
    mails = messages([("in", 0, "こんにちは。\n お前はﾊﾞｶか！ 以上")])
    [finding] = found(mails, rule("ばか"))
    assert (finding.detector, finding.rule, finding.category) == (
        "phrases",
        "abusive_language.test",
        Category.ABUSIVE_LANGUAGE,
    )
    assert finding.text == "お前はﾊﾞｶか！"
    assert mails[0].parsed.text[finding.start : finding.end] == finding.text
    assert (finding.reason, finding.strength, finding.damped, finding.field) == ("理由", 1.0, (), Field.TEXT)


def test_in_a_long_sentence_only_the_clauses_that_are_touched_are_shown() -> None:
    """Evidence of a long sentence is the clause of the hit."""
    text = "あ" * 60 + "、お前はばかだと、" + "い" * 80 + "。"
    [finding] = found(messages([("in", 0, text)]), rule("ばか"))
    assert finding.text == "お前はばかだと、"
    [last] = found(messages([("in", 0, "う" * 130 + "、ばか")]), rule("ばか"))
    assert last.text == "ばか"


def test_quotes_signatures_and_machine_mail_are_not_the_senders_words() -> None:
    """Only own blocks are matched, and nothing of a mail that a machine wrote."""
    text = "どうも。\n> ばか\n-- \nばか商会"
    [plain] = messages([("in", 0, text)])
    regions = [(Region.OWN, 0, 5), (Region.QUOTE, 5, 10), (Region.SIGNATURE, 10, len(text))]
    blocks = tuple(Block(region, start, end) for region, start, end in regions)
    assert found((replace(plain, parsed=replace(plain.parsed, blocks=blocks)),), rule("ばか")) == []
    machine = replace(plain, parsed=replace(plain.parsed, automatic="auto-submitted"))
    assert found((machine,), rule("ばか")) == []


def test_an_unverified_quote_is_matched_but_marked() -> None:
    """What is quoted from no known mail counts half, and says so."""
    [plain] = messages([("in", 0, "> ばか")])
    blocks = (Block(Region.UNVERIFIED_QUOTE, 0, 4),)
    [finding] = found((replace(plain, parsed=replace(plain.parsed, blocks=blocks)),), rule("ばか"))
    assert (finding.strength, finding.damped, finding.text) == (0.5, ("unverified_quote",), "> ばか")


def test_a_subject_counts_once_in_a_thread() -> None:
    """A subject is matched where it is new; answers under it do not repeat it."""
    first = sample_message("本文", subject="ばかな対応について", number=0)
    reply = sample_message("本文", subject="Re: ばかな対応について", number=1)
    [finding] = found((first, reply), rule("ばか"))
    assert (finding.message, finding.field, finding.text) == ("0", Field.SUBJECT, "ばかな対応について")


def test_rules_are_asked_of_their_own_direction() -> None:
    """A rule for incoming mail says nothing of ours, one for outgoing nothing of theirs, one for both both."""
    mails = messages([("in", 0, "ばか"), ("out", 1, "ばか")])
    ways = {Way.IN: ["0"], Way.OUT: ["1"], Way.ANY: ["0", "1"]}
    for way, keys in ways.items():
        assert [finding.message for finding in found(mails, rule("ばか", direction=way))] == keys


@pytest.mark.parametrize(
    ("text", "damped", "strength"),
    [
        ("冗談ですがばか。", ("joke",), 0.25),
        ("「ばか野郎」と。", ("in_quotes",), 0.35),
        ("『ばか』『ほか』", ("in_quotes",), 0.35),
        ("「あ」ばか「い」", (), 1.0),
        ("冗談で「ばか者」。", ("joke", "in_quotes"), 0.0875),
    ],
)
def test_what_stands_beside_lowers_a_finding(text: str, damped: tuple[str, ...], strength: float) -> None:
    """Dampers of the sentence and quotation marks around the words multiply its strength, each by name."""
    [finding] = found(messages([("in", 0, text)]), rule("ばか"))
    assert (finding.damped, finding.strength) == (damped, strength)


def test_a_demand_for_amends_is_lowered_after_an_admitted_failure() -> None:
    """Once the desk admitted a failure, asking for an apology is weighed less, unless nothing excuses it."""
    plain = rule("謝罪", "unjustified_apology.test")
    decisive = replace(plain, id="unjustified_apology.grave", strength=Strength.DECISIVE)
    mails = messages([("in", 0, "謝罪して。"), ("out", 1, "弊社の手違いでした。"), ("in", 2, "謝罪して。")])
    assert [(f.rule, f.message, f.damped) for f in found(mails, plain, decisive)] == [
        ("unjustified_apology.grave", "0", ()),
        ("unjustified_apology.test", "0", ()),
        ("unjustified_apology.grave", "2", ()),
        ("unjustified_apology.test", "2", ("grounded",)),
    ]
    assert mails[1].direction is Direction.OUT


def test_without_a_learned_part_nothing_is_suspected() -> None:
    """A thread read by rules alone has no sentences that the learned part would suspect."""
    mails = messages([("in", 0, "お前はばかか！")])
    reading = read(Scene(Thread("t", CUSTOMER, mails), CALENDAR), Matcher([rule("ばか")], []), lambda parsed: True)
    assert reading.suspects == ()
