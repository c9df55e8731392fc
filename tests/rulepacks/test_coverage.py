"""Each clause with what serves it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from worker.domain.errors import RuleError
from worker.domain.judgement import Category
from worker.domain.policy import Target
from worker.rulepacks.coverage import KNOWN, check_references, coverage, formatted
from worker.rulepacks.policies import load_policy, policy_names


@dataclass(frozen=True)
class Rule:
    """As much of a rule as coverage asks for."""

    id: str
    category: Category
    target: Target = Target.ANY
    status: str = "stable"


@dataclass(frozen=True)
class Detector:
    """As much of a detector as coverage asks for."""

    id: str
    categories: tuple[Category, ...]


RULES = (
    Rule("position_abuse.client_for_years", Category.POSITION_ABUSE, Target.COMPANY),
    Rule("position_abuse.know_your_place", Category.POSITION_ABUSE, Target.PERSON),
    Rule("unjustified_apology.written", Category.UNJUSTIFIED_APOLOGY),
    Rule("unjustified_apology.damages", Category.UNJUSTIFIED_APOLOGY),
    Rule("own_staff.insult", Category.INSULT_PERSON, Target.PERSON),
    Rule("insult_person.trial", Category.INSULT_PERSON, Target.PERSON, "shadow"),
)
DETECTORS = (
    Detector("repetition", (Category.REPETITION,)),
    Detector("hours", (Category.OFF_HOURS,)),
    Detector("own_staff", (Category.INSULT_PERSON,)),
)


def served(policy: str) -> dict[str, list[str]]:
    """The references of each clause."""
    return {row["clause"]: row["served_by"] for row in coverage(load_policy(policy), RULES, DETECTORS)}


def test_rules_serve_the_clauses_of_their_category_and_target() -> None:
    """A rule toward the company serves the company's clause, and the one that makes no difference."""
    upshare = served("upshare")
    assert "rule:position_abuse.client_for_years" in upshare["U-16"]
    assert "rule:position_abuse.client_for_years" in upshare["U-1"]
    assert "rule:position_abuse.client_for_years" not in upshare["U-11"]
    assert "rule:position_abuse.know_your_place" in upshare["U-11"]


def test_rules_claimed_by_their_id_serve_the_claiming_clause_alone() -> None:
    """Damages are the catch-all under UpShare; conduct of our own people is a duty of ours."""
    upshare = served("upshare")
    assert "rule:unjustified_apology.damages" in upshare["U-24"]
    assert "rule:unjustified_apology.damages" not in upshare["U-18"]
    assert "rule:unjustified_apology.written" in upshare["U-18"]
    assert "rule:own_staff.insult" in upshare["U-36"]
    assert "rule:own_staff.insult" not in upshare["U-14"]


def test_rules_on_trial_serve_nothing_yet() -> None:
    """Only stable rules count, since only they weigh."""
    assert all("rule:insult_person.trial" not in references for references in served("upshare").values())


def test_detectors_serve_the_clauses_of_their_categories() -> None:
    """Repetition and hours are named by Skyarch and residual under UpShare; contacts are served by no detector."""
    assert "detector:repetition" in served("skyarch")["S-13"]
    assert "detector:hours" in served("upshare")["U-24"]
    assert "detector:hours" not in served("skyarch")["S-33"]


def test_a_detector_of_our_own_peoples_words_serves_the_duty_alone() -> None:
    """What our own side writes is no conduct of a customer."""
    for policy, duty in (("upshare", "U-36"), ("skyarch", "S-30"), ("heartbeats", "H-2")):
        holders = [clause for clause, references in served(policy).items() if "detector:own_staff" in references]
        assert holders == [duty]


def test_a_row_says_named_or_residual_and_what_is_to_come() -> None:
    """The row for people has status and to_come; the line for programs only the four keys of the format."""
    rows = {row["clause"]: row for row in coverage(load_policy("upshare"))}
    assert (rows["U-18"]["status"], rows["U-24"]["status"], rows["U-31"]["status"]) == ("named", "residual", "")
    assert rows["U-33"]["to_come_en"] == "The letter that declines further business."
    assert formatted(rows["U-37"]) == {
        "policy": "upshare",
        "clause": "U-37",
        "kind": "contact",
        "served_by": ["page:policy", "notice:upshare/notice"],
    }


def test_the_shipped_policies_refer_only_to_what_exists() -> None:
    """Every form, page, task and notice named by the three policies is a known one."""
    known = KNOWN | {"notice:upshare/notice"}
    assert [len(coverage(load_policy(name), known=known)) for name in policy_names()] == [26, 33, 39]


def test_a_reference_to_nothing_is_refused() -> None:
    """A policy that promises a page or a letter that is not there is named with its clause or rung."""
    with pytest.raises(RuleError, match=r"U-1\.served_by: 'form:incident' does not exist"):
        check_references(load_policy("upshare"), {"page:queue"})
    policy = load_policy("upshare")
    bare = replace(policy, clauses=tuple(replace(clause, served_by=()) for clause in policy.clauses))
    with pytest.raises(RuleError, match=r"rung notice\.notices: 'upshare/notice' does not exist"):
        check_references(bare, KNOWN)
