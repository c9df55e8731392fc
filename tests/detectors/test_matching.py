"""Rules and cues in folded text: which holds, in which sentence, under which conditions."""

from __future__ import annotations

from dataclasses import replace

from tests.support.judging import cue, rule
from worker.detectors.fold import fold
from worker.detectors.matching import LONGEST_REMEMBERED, Matcher
from worker.domain.judgement import Category
from worker.domain.rules import CueKind, Window


def test_one_hit_a_rule_and_sentence_the_longest() -> None:
    """Several patterns of a rule in one sentence are one hit, in two sentences two, in the order of the text."""
    one = replace(rule(), patterns=("ばか者", "ばか"))
    matches = Matcher([one]).look(fold("この馬鹿、ばか者。ばか。"))
    assert [(hit.sentence, hit.start, hit.end) for hit in matches.hits] == [(0, 5, 8), (1, 10, 12)]


def test_needs_and_unless_look_at_their_window() -> None:
    """``needs`` and ``unless`` ask the sentence of the hit, or the whole mail where the rule says so."""
    sentence = rule("ばか", needs=("担当",), unless=("研修",))
    mail = rule("ばか", "abusive_language.mail", needs=("担当",), unless=("研修",), window=Window.MAIL)
    matcher = Matcher([sentence, mail])

    def fired(text: str) -> list[str]:
        return [hit.rule.id for hit in matcher.look(fold(text)).hits]

    assert fired("担当はばか。") == [mail.id, sentence.id]
    assert fired("担当です。ばか。") == [mail.id]
    assert fired("担当はばか。研修です。") == [sentence.id]
    assert fired("ばか。") == []


def test_a_damper_lowers_its_sentence_or_the_whole_mail() -> None:
    """A damper of the sentence leaves other sentences alone; one of the mail lowers all; ``only`` names categories."""
    near, wide = cue("冗談", "near"), cue("研修", "wide", window=Window.MAIL)
    narrow = cue("冗談", "narrow", only=(Category.THREAT,))
    matches = Matcher([], [near, wide, narrow]).look(fold("冗談です。本気です。"))
    assert [c.id for c in matches.dampers_at(0, Category.THREAT)] == ["near", "narrow"]
    assert [c.id for c in matches.dampers_at(0, Category.SEXUAL)] == ["near"]
    assert matches.dampers_at(1, Category.THREAT) == []
    training = Matcher([], [near, wide]).look(fold("本気です。研修です。"))
    assert [c.id for c in training.dampers_at(0, Category.THREAT)] == ["wide"]


def test_a_cue_has_conditions_too() -> None:
    """A cue's ``unless`` takes it back; a cue that is not there stands in no sentence."""
    matches = Matcher([], [cue("急ぎ", "urgent", CueKind.MARK, unless=("ではない",))]).look(
        fold("急ぎです。急ぎではない。")
    )
    assert matches.sentences_with("urgent") == {0}
    assert matches.sentences_with("urgent") == {0}
    assert matches.sentences_with("other") == frozenset()


def test_the_same_words_are_looked_through_once() -> None:
    """Words read again are remembered; very long ones are not, and are found all the same."""
    matcher = Matcher([replace(rule(), patterns=("ばか",))])
    text = "先日の件です。担当はばか。"
    assert matcher.read(text, [(7, len(text))]) is matcher.read(text, [(7, len(text))])
    endless = "件です。" * LONGEST_REMEMBERED + "ばか。"
    first, second = (matcher.read(endless, [(0, len(endless))]) for _ in range(2))
    assert first is not second
    assert first.hits == second.hits
    assert len(first.hits) == 1
