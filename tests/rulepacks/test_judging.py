"""Scenes in, assessments out: weighing, clauses, ledger, explanation, JSON and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.support.judging import messages, rule, scene, shipped_judge, shipped_pack
from worker.domain.judgement import Category, Finding, Severity
from worker.domain.mail import Block, Region
from worker.domain.policy import Target
from worker.domain.rules import Role, Rule, Status, Strength
from worker.rulepacks import Judge, from_json, load_policy, to_json
from worker.rulepacks.explain import explain
from worker.rulepacks.report import report
from worker.rulepacks.weigh import Scales, Verdict, either
from worker.rulepacks.weights import Weights

WEIGHTS = Weights.model_validate(
    {
        "levels": {"weak": 0.15, "fair": 0.35, "strong": 0.6, "decisive": 0.9},
        "groups": {
            "danger": {"categories": ["threat", "privacy", "violence"], "ceiling": 0.95},
            "words": {"categories": ["abusive_language", "insult_person"], "ceiling": 0.7},
        },
        "detectors": {"hours.pressure": {"strength": "fair", "role": "companion"}},
        "severity": [
            {"severity": "critical", "all": ["privacy"], "any": ["threat"]},
            {"severity": "high", "any": ["threat"], "support": 0.6},
            {"severity": "high", "count": 3},
        ],
    }
)


def finding(rule_id: str, strength: float = 1.0, category: str = "", message: str = "0", **more: object) -> Finding:
    """A finding of that rule."""
    name = Category(category or rule_id.partition(".")[0])
    return Finding("phrases", rule_id, name, message, strength, **more)  # type: ignore[arg-type]


def weigh(findings: Sequence[Finding], *rules: Rule) -> Verdict:
    """Weigh them by rules that are strong signals unless given."""
    known = {r.id: r for r in rules}
    wanted = {f.rule for f in findings} - {"hours.pressure"}
    made = [known.get(name) or rule("x", name) for name in sorted(wanted)]
    return Scales(WEIGHTS, made).weigh(findings)


def test_one_strong_sign_flags() -> None:
    """A strong finding reaches the threshold; its category is named; a single mild one is low."""
    verdict = weigh([finding("insult_person.a", 0.9)])
    assert (verdict.flag, verdict.score, verdict.severity) == (True, 0.54, Severity.LOW)
    assert verdict.categories == (Category.INSULT_PERSON,)
    assert verdict.lines == (
        "insult_person 0.54 by insult_person.a in 0",
        "category insult_person: 0.54",
        "group words: 0.54",
        "score 0.54 ≥ threshold 0.50",
    )


def test_nothing_found_is_nothing() -> None:
    """Without findings there is no flag, no severity, no category, and the line says so."""
    verdict = weigh([])
    assert (verdict.flag, verdict.score, verdict.severity, verdict.categories, verdict.shown) == (
        False,
        0,
        None,
        (),
        (),
    )
    assert verdict.lines == ("score 0.00 < threshold 0.50",)


def test_several_independent_signs_add_up_and_groups_have_a_ceiling() -> None:
    """Two fair rules flag together; whatever many words of a group say, they count at most its ceiling."""
    fair = [rule("x", f"insult_person.{name}", strength=Strength.FAIR) for name in "ab"]
    assert weigh([finding("insult_person.a")], *fair).flag is False
    assert weigh([finding(r.id) for r in fair], *fair).score == pytest.approx(either(0.35, 0.35), abs=1e-4)
    many = weigh([finding(f"abusive_language.{name}") for name in "abcdef"])
    assert many.score == 0.7


def test_the_same_rule_again_adds_half_once() -> None:
    """A second hit of a rule adds half of its weight, a third nothing more."""
    one, two, three = (weigh([finding("threat.a", 0.5)] * count).score for count in (1, 2, 3))
    assert (one, two) == (0.3, pytest.approx(either(0.3, 0.15)))
    assert three == two


def test_a_companion_adds_to_a_signal_and_never_flags_alone() -> None:
    """A companion raises a score that is there; alone it leaves it at nothing."""
    companion = finding("hours.pressure", category="off_hours", message="1")
    alone = weigh([companion])
    assert (alone.flag, alone.score) == (False, 0)
    both = weigh([finding("threat.a"), companion])
    assert both.score == pytest.approx(either(0.6, 0.35 * 0.5), abs=1e-3)
    assert Category.OFF_HOURS in both.categories
    assert "off_hours 0.35 companion by hours.pressure in 1" in both.lines
    assert any(line.startswith("companions add 0.1") for line in both.lines)


def test_only_stable_rules_count_and_scraps_are_dropped() -> None:
    """Shadow rules weigh nothing, nor does a finding of which hardly anything is left."""
    assert weigh([finding("threat.a")], rule("x", "threat.a", status=Status.SHADOW)).score == 0
    assert weigh([finding("threat.a", 0.05)]).lines == ("score 0.00 < threshold 0.50",)


def test_categories_need_support_of_their_own() -> None:
    """A category is named from its threshold on; where none reaches it, the best supported is named."""
    weak = rule("x", "insult_person.w", strength=Strength.WEAK)
    verdict = weigh([finding("threat.a"), finding(weak.id)], weak)
    assert verdict.categories == (Category.THREAT,)
    assert [w.finding.category for w in verdict.shown] == [Category.THREAT]
    scattered = [rule("x", f"{name}.w", strength=Strength.FAIR) for name in ("threat", "privacy", "insult_person")]
    low = weigh([finding(r.id, 0.8) for r in scattered], *scattered)
    assert (low.flag, len(low.categories)) == (True, 1)


def test_severity_is_the_most_that_holds() -> None:
    """Combinations, support and count say how serious; a lowered finding names its dampers in the weighing."""
    assert weigh([finding("threat.a")]).severity is Severity.HIGH
    assert weigh([finding("threat.a"), finding("privacy.a")]).severity is Severity.CRITICAL
    three = [finding(f"{name}.a", 0.9) for name in ("violence", "privacy", "insult_person")]
    assert weigh(three).severity is Severity.HIGH
    assert (
        weigh([finding("abusive_language.a", damped=("quoted",)), finding("privacy.a", 0.7)]).severity
        is Severity.MEDIUM
    )
    assert "(lowered by quoted)" in weigh([finding("threat.a", damped=("quoted",))]).lines[0]


THREAT = [("in", 0, "ただでは済ませませんよ。夜道には気をつけてください。")]


def test_an_assessment_names_clause_and_what_it_depends_on() -> None:
    """A flagged thread has evidence with exact words and the policy's clause, and says what it was made from."""
    judge = shipped_judge()
    assessment = judge.assess(scene(THREAT, history=messages([("in", 0, "はい。")], -90, "h")))
    assert assessment.flag
    assert Category.THREAT in assessment.categories
    assert {evidence.clause for evidence in assessment.evidence if evidence.finding.category == "threat"} == {"U-10"}
    assert assessment.depends_on["packs"] == judge.pack.digest
    assert assessment.depends_on["policy"] == "upshare 2023-01-31"
    assert assessment.depends_on["history"].startswith("1 until 2026-02-28")


def test_the_same_inputs_give_the_same_assessment() -> None:
    """Judging twice, with judges made anew, gives equal assessments."""
    again = Judge(shipped_pack(), load_policy("upshare"))
    assert again.assess(scene(THREAT)) == shipped_judge().assess(scene(THREAT))


def test_policies_can_be_changed_without_compiling_again() -> None:
    """The same judge under another policy names that policy's clauses; without one, none."""
    skyarch = shipped_judge().under(load_policy("skyarch"))
    clauses = {e.clause for e in skyarch.assess(scene(THREAT)).evidence}
    assert clauses
    assert all(clause is None or clause.startswith("S-") for clause in clauses)
    bare = Judge(shipped_pack()).assess(scene(THREAT))
    assert {e.clause for e in bare.evidence} == {None}
    assert bare.depends_on["policy"] == ""


def test_our_own_words_fall_under_our_own_duty() -> None:
    """What our people write is shown with the clause on our own conduct where the policy has one."""
    judge = shipped_judge().under(load_policy("skyarch"))
    ours = scene([("in", 0, "お願いします。"), ("out", 1, "この馬鹿野郎。お前みたいなクズは死ね。")])
    assessment = judge.assess(ours)
    assert assessment.flag
    assert {e.clause for e in assessment.evidence} == {"S-30"}


def test_machine_mail_is_not_judged_unless_somebody_speaks_in_it() -> None:
    """A monitor's mail is none of ours to judge; a header's claim does not hide a person who threatens."""
    threat = scene(
        [("in", 0, "担当者様 ただでは済ませませんよ。夜道には気をつけてください。どうなってもいいのですか？")]
    )

    def flagged(reason: str) -> bool:
        [message] = threat.thread.messages
        marked = replace(message, parsed=replace(message.parsed, automatic=reason))
        return shipped_judge().assess(replace(threat, thread=replace(threat.thread, messages=(marked,)))).flag

    assert flagged("")
    assert flagged("auto-submitted")
    assert not flagged("monitoring")


def test_a_threat_under_a_made_up_quote_is_seen() -> None:
    """What is quoted but stands in no known mail is judged as unverified; a quote of our own mail is nobody's threat."""
    text = "ご確認を。\n> ただでは済ませませんよ。夜道には気をつけてください。\n"
    [message] = messages([("in", 5, text)])
    blocks = (Block(Region.OWN, 0, 6), Block(Region.QUOTE, 6, len(text), 1))
    quoting = replace(message, key="q", parsed=replace(message.parsed, blocks=blocks))
    base = scene(THREAT)
    made_up = replace(base, thread=replace(base.thread, messages=(quoting,)))
    findings = shipped_judge().findings(shipped_judge().read(made_up))
    assert findings
    assert all("unverified_quote" in found.damped for found in findings if found.detector == "phrases")
    answered = replace(made_up, thread=replace(base.thread, messages=(*base.thread.messages, quoting)))
    assert not [f for f in shipped_judge().findings(shipped_judge().read(answered)) if f.message == "q"]


def test_json_and_back_is_lossless() -> None:
    """An assessment with ledger, facts and dampers survives JSON text unchanged; so does an empty one."""
    refused = [
        ("in", 0, "返金してください。"),
        ("out", 2, "返金はできかねます。"),
        ("in", 13, "今すぐ返金してください。ただでは済ませませんよ。"),
        ("in", 14, "返金してください。"),
    ]
    for lines in (refused, [("in", 0, "はい。")]):
        assessment = shipped_judge().assess(scene(lines))
        assert from_json(json.loads(json.dumps(to_json(assessment)))) == assessment
    assert shipped_judge().assess(scene(refused)).ledger


def test_an_explanation_shows_sentences_cues_findings_and_weighing() -> None:
    """Each sentence with its cues, each finding with its rule and reason, then the sums."""
    lines = list(explain(shipped_judge(), "ただでは済ませませんよ。返金しないならネットに晒す。"))
    assert lines[0].startswith("1. ただでは済ませませんよ。")
    assert "demand.refund" in lines[1]
    assert any(line.startswith("threat: ただでは済ませませんよ。  (threat.") for line in lines)
    assert lines[-1].endswith("≥ threshold 0.50")
    assert list(explain(shipped_judge(), "はい。"))[-1] == "score 0.00 < threshold 0.50"


def test_a_report_is_the_scans_object() -> None:
    """Mails are numbers in a corpus and Message-IDs elsewhere; facts and residual clauses are said."""
    thread = scene([("in", 12, "今すぐ折り返してください。ただでは済ませませんよ。")])
    assessment = shipped_judge().assess(thread)
    made = report("x", thread.thread, assessment, numbered=True)
    assert (made["id"], made["flag"], made["mails"], made["counterpart"]) == ("x", True, 1, "customer@client.example")
    assert {piece["mail"] for piece in made["evidence"]} == {0}
    assert {piece["mail"] for piece in report("x", thread.thread, assessment)["evidence"]} == {"0"}
    off_hours = [piece for piece in made["evidence"] if piece["category"] == "off_hours"]
    assert off_hours
    assert all(piece["residual"] for piece in off_hours)
    assert any("fact" in piece for piece in off_hours)


def test_a_target_is_the_rules() -> None:
    """A rule on the company leads to the company's clause."""
    pack = replace(shipped_pack(), rules=(rule("ばか", "position_abuse.c", target=Target.COMPANY, role=Role.SIGNAL),))
    [evidence] = Judge(pack, load_policy("upshare")).assess(scene([("in", 0, "ばか。")])).evidence
    assert evidence.clause == "U-16"
