"""Volume, escalation, leverage and our own people."""

from __future__ import annotations

import pytest

from tests.support.judging import messages, reading, rule
from worker.detectors import DETECTORS
from worker.detectors.escalation import Escalation
from worker.detectors.leverage import Leverage
from worker.detectors.own_staff import OwnStaff
from worker.detectors.volume import Volume
from worker.domain.judgement import Category
from worker.domain.rules import Way
from worker.resources import shipped


def test_list_and_folder_are_the_same() -> None:
    """Every file of the room that defines a detector is in the list, under its own name."""
    helpers = {"__init__", "context", "fold", "learned", "literals", "matching", "model", "patterns", "reading"}
    files = {file.stem for file in (shipped("rules").parent / "worker" / "detectors").glob("*.py")}
    assert {detector.id for detector in DETECTORS} == files - helpers


def test_a_burst_is_counted() -> None:
    """Four mails within hours and no answer between are a finding without words; seven are full strength."""
    [finding] = Volume().examine(reading([("in", n / 2, "返事は？") for n in range(4)]))
    assert (finding.message, finding.text) == ("3", "")
    assert finding.fact == "返信を待たずに1.5時間で4通が送られています。"
    assert finding.strength == pytest.approx(4 / 7, abs=1e-4)
    [full] = Volume().examine(reading([("in", n / 4, "返事は？") for n in range(9)]))
    assert full.strength == 1.0


def test_updates_on_an_outage_count_half() -> None:
    """Who reports an outage as it goes on is not holding anybody."""
    [finding] = Volume().examine(reading([("in", n / 2, "サーバーが停止しています。") for n in range(7)]))
    assert finding.strength == 0.5


def test_a_conversation_and_a_slow_series_are_no_burst() -> None:
    """Answers between, or days between, and there is no burst; nor where the burst was in another thread."""
    answered = [line for n in range(6) for line in (("in", n, "では次。"), ("out", n + 0.5, "はい。"))]
    assert not list(Volume().examine(reading(answered)))
    assert not list(Volume().examine(reading([("in", 5 * n, "続きです。") for n in range(6)])))
    elsewhere = messages([("in", n / 4, "返事は？") for n in range(6)], hours_after=-50, prefix="h")
    assert not list(Volume().examine(reading([("in", 0, "別件です。")], history=elsewhere)))


def test_a_long_series_is_cut_to_its_densest_window() -> None:
    """Mails before the window are left out of the count."""
    [finding] = Volume().examine(reading([("in", at, "返事は？") for at in (0, 5, 6.5, 7, 7.5, 8)]))
    assert "5通" in finding.fact


def test_tone_that_rises() -> None:
    """Harsh sentences that grow over three mails are a companion's finding at the last; an even tone is none."""
    rising = [
        ("in", 0, "確認をお願いします。"),
        ("in", 24, "論外です。"),
        ("in", 48, "論外です。許せません。無責任です。"),
    ]
    [finding] = Escalation().examine(reading(rising))
    assert (finding.message, finding.category) == ("2", Category.HARSH_REPRIMAND)
    assert not list(Escalation().examine(reading(rising[1:])))
    assert not list(Escalation().examine(reading([rising[2], rising[1], rising[2]])))
    assert not list(Escalation().examine(reading([rising[0], rising[0], rising[2]])))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("返金しないなら実名でSNSに投稿します。", [(Category.DEFAMATION, 1.0)]),
        ("返金してください。対応しないのであれば覚悟してください。口コミに書きます。", [(Category.DEFAMATION, 0.7)]),
        ("値引きできないなら、あなたの上司に報告します。", [(Category.THREAT, 1.0)]),
        ("返金してください。口コミも書きました。ありがとう。あなたの話です。直さないと困ります。", []),
        ("SNSに投稿しないと伝わりません。", []),
        ("返金してください。", []),
    ],
)
def test_a_lever_needs_a_condition_and_a_demand(text: str, found: list[tuple[Category, float]]) -> None:
    """Publication or the boss under a condition beside a demand is leverage, weaker in neighbouring sentences."""
    assert [(f.category, f.strength) for f in Leverage().examine(reading([("in", 0, text)]))] == found


def test_a_lever_after_an_admitted_failure_is_weaker() -> None:
    """Where the desk admitted a failure the demand has a ground."""
    lines = [("out", 0, "弊社の手違いです。"), ("in", 1, "返金しないなら実名でSNSに投稿します。")]
    [finding] = Leverage().examine(reading(lines))
    assert finding.strength == 0.5


def test_our_own_words_are_judged_too() -> None:
    """A rule on words holds for our outgoing mail; a letter that names the other side's words is lowered."""
    bad = rule("ばか")
    [finding] = OwnStaff().examine(reading([("in", 0, "はい。"), ("out", 1, "ばか。")], rules=[bad]))
    assert (finding.detector, finding.rule, finding.message) == ("own_staff", bad.id, "1")
    letter = [("out", 0, "ばか、とのご発言はお控えください。")]
    [mentioned] = OwnStaff().examine(reading(letter, rules=[bad]))
    assert (mentioned.strength, mentioned.damped) == (0.2, ("mention",))
    demand = rule("謝罪", "unjustified_apology.test")
    outgoing = rule("ばか", "own_staff.test", direction=Way.OUT, category=Category.ABUSIVE_LANGUAGE)
    assert not list(OwnStaff().examine(reading([("out", 0, "ばか。謝罪。")], rules=[demand, outgoing])))
