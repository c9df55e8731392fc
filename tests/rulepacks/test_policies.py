"""The three policies as data, and what the loader refuses."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from worker.domain.errors import RuleError
from worker.domain.judgement import Category
from worker.domain.policy import ClauseKind, Target
from worker.rendering import load_notice, notice_folders
from worker.rulepacks.policies import load_policy, policy_names

CLAUSES = Path(__file__).with_name("clauses.csv")
PREFIXES = {"S": "skyarch", "U": "upshare", "H": "heartbeats"}

SMALL = """
id: house
company: 株式会社見本
company_en: Sample Inc.
title: 方針
title_en: Policy
version: "2026-04-01"
clauses:
  - {id: A-1, kind: conduct, title: 脅迫, title_en: Threats, text: 脅すこと。, text_en: Threats., named: [threat]}
  - {id: A-2, kind: contact, title: 窓口, title_en: Contact, text: 連絡先。, text_en: Contact.}
rungs:
  - {id: talk, title: 話し合い, title_en: Talks, clause: A-1, decided_by: manager}
contacts:
  - {purpose: 窓口, purpose_en: Contact, name: 総務部, name_en: Administration, clauses: [A-2]}
"""

Write = Callable[[str], Path]


@pytest.fixture
def house(tmp_path: Path) -> Write:
    """A writer of a house's own policy file."""

    def write(text: str) -> Path:
        path = tmp_path / "house.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def rows() -> list[dict[str, str]]:
    """The checked-in list of all clauses."""
    with CLAUSES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_clause_of_the_three_policies_is_mapped() -> None:
    """Each of the 98 rows stands in its policy with the same kind and title, in the same order, and nothing else."""
    mapped = [
        (clause.id, clause.kind.value, clause.title)
        for name in ("skyarch", "upshare", "heartbeats")
        for clause in load_policy(name).clauses
    ]
    assert mapped == [(row["id"], row["kind"], row["title"]) for row in rows()]
    assert len(mapped) == 98


@pytest.mark.parametrize("name", ["skyarch", "upshare", "heartbeats"])
def test_every_category_is_spoken_of_or_has_no_clause_as_the_policy_says(name: str) -> None:
    """Only Skyarch leaves categories without any clause: the ones that its catch-all for persons cannot hold."""
    policy = load_policy(name)
    without = {category.value for category in Category if policy.clause_for(category)[0] is None}
    skyarch = {"threat_to_company", "insult_company", "unreasonable_discount", "hidden_subcontract", "non_constructive"}
    assert without == (skyarch if name == "skyarch" else set())


@pytest.mark.parametrize(
    ("policy", "category", "target", "rule", "clause", "residual"),
    [
        ("upshare", Category.POSITION_ABUSE, Target.PERSON, "", "U-11", False),
        ("upshare", Category.POSITION_ABUSE, Target.COMPANY, "", "U-16", False),
        ("upshare", Category.POSITION_ABUSE, Target.ANY, "", "U-1", False),
        ("upshare", Category.UNREASONABLE_DISCOUNT, Target.ANY, "", "U-19", False),
        ("upshare", Category.UNJUSTIFIED_APOLOGY, Target.ANY, "unjustified_apology.written", "U-18", False),
        ("upshare", Category.UNJUSTIFIED_APOLOGY, Target.ANY, "unjustified_apology.solatium", "U-24", True),
        ("upshare", Category.REPETITION, Target.ANY, "repetition", "U-24", True),
        ("upshare", Category.HARSH_REPRIMAND, Target.PERSON, "", "U-13", False),
        ("upshare", Category.HARSH_REPRIMAND, Target.COMPANY, "", "U-24", True),
        ("upshare", Category.OTHER, Target.ANY, "", "U-24", True),
        ("upshare", Category.INSULT_PERSON, Target.PERSON, "own_staff.insult", "U-36", False),
        ("skyarch", Category.INSULT_PERSON, Target.PERSON, "", "S-6", True),
        ("skyarch", Category.POSITION_ABUSE, Target.COMPANY, "", None, False),
        ("skyarch", Category.DISCRIMINATION, Target.PERSON, "", "S-5", False),
        ("skyarch", Category.INSULT_PERSON, Target.PERSON, "own_staff.insult", "S-30", False),
        ("heartbeats", Category.SEXUAL, Target.PERSON, "", "H-10", True),
        ("heartbeats", Category.SUMMONS, Target.ANY, "", "H-8", False),
        ("heartbeats", Category.ABUSIVE_LANGUAGE, Target.COMPANY, "", "H-4", False),
    ],
)
def test_a_finding_is_shown_with_the_clause_that_says_it_most_exactly(
    policy: str, category: Category, target: Target, rule: str, clause: str | None, residual: bool
) -> None:
    """Rule, category and target together give one clause and say whether it is only the catch-all."""
    found, is_residual = load_policy(policy).clause_for(category, target, rule)
    assert (found.id if found else None, is_residual) == (clause, residual)


@pytest.mark.parametrize("name", ["skyarch", "upshare", "heartbeats"])
def test_every_clause_speaks_both_languages_and_is_served_by_something(name: str) -> None:
    """No clause is left without a reference, and what is still to come is said in Japanese and in English."""
    for clause in load_policy(name).clauses:
        assert clause.served_by, clause.id
        assert bool(clause.to_come) == bool(clause.to_come_en), clause.id
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", clause.text)
        assert clause.text_en.isascii()


def test_a_letter_finds_every_clause_it_may_rest_on_in_its_own_language() -> None:
    """The conducts of UpShare that the first notice can cite are written in Chinese, too; others fall back."""
    policy = load_policy("upshare")
    for clause_id in load_notice("upshare/notice", notice_folders()).manifest.clauses:
        clause = policy.clause(clause_id)
        assert len({clause.title_in(language) for language in ("ja", "en", "zh")}) == 3
        assert len({clause.text_in(language) for language in ("ja", "en", "zh")}) == 3
    assert policy.clause("U-2").text_in("zh") == policy.clause("U-2").text
    assert (policy.title_in("zh"), policy.title_in("en")) == ("关于客户骚扰的行动准则", policy.title_en)
    assert [policy.company_in(language) for language in ("ja", "en", "zh")] == [
        "株式会社アップシェア",
        "UpShare Inc.",
        "株式会社アップシェア",
    ]


def test_the_hours_of_a_contact_belong_to_that_contact() -> None:
    """Printed telephone hours stand at the contact, and no clause that speaks of them touches off_hours."""
    contact = load_policy("skyarch").contacts[1]
    assert (contact.hours, contact.clauses) == ("平日10:00~18:00(祝日を除く)", ("S-32", "S-33"))
    for name in policy_names():
        policy = load_policy(name)
        off_hours = [c.id for c in policy.clauses if Category.OFF_HOURS in (*c.named, *c.also, *c.residual)]
        assert all(policy.clause(clause_id).kind is ClauseKind.CONDUCT for clause_id in off_hours)


def test_the_ladder_is_in_order_with_its_clause_and_the_deciding_role() -> None:
    """UpShare tells the organisation first, talks, declines, and terminates last."""
    rungs = load_policy("upshare").rungs
    assert [(rung.id, rung.clause, rung.decided_by) for rung in rungs] == [
        ("notice", "U-31", "manager"),
        ("talks", "U-32", "manager"),
        ("decline", "U-33", "executive"),
        ("termination", "U-35", "executive"),
    ]
    assert rungs[0].notices == ("upshare/notice",)


def test_a_sites_own_policy_goes_before_the_shipped_one(tmp_path: Path) -> None:
    """The site's folder overrides a shipped name and adds names of its own."""
    own = tmp_path / "rules" / "policies"
    own.mkdir(parents=True)
    for name in ("upshare", "house"):
        (own / f"{name}.yaml").write_text(SMALL, encoding="utf-8")
    assert load_policy("upshare", tmp_path).company == "株式会社見本"
    assert load_policy("skyarch", tmp_path).id == "skyarch"
    assert policy_names(tmp_path) == ["heartbeats", "house", "skyarch", "upshare"]


def test_a_policy_is_read_from_a_path(house: Write) -> None:
    """A name that ends in .yaml is a path."""
    policy = load_policy(str(house(SMALL)))
    assert (policy.id, policy.rungs[0].id, policy.contacts[0].name) == ("house", "talk", "総務部")


@pytest.mark.parametrize("name", ["acme", "../upshare"])
def test_an_unknown_name_lists_the_names_there_are(name: str) -> None:
    """What is neither a name nor a path is refused with the known names."""
    with pytest.raises(RuleError, match=r"no policy .* heartbeats, skyarch, upshare"):
        load_policy(name)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("named: [threat]", "named: [thread]", r"clauses\.0\.named\.0 \(A-1\): Input should be"),
        ("version:", "colour: red\nversion:", r"colour: is not a known key"),
        ("kind: contact,", "kind: contact, page: x,", r"clauses\.1\.page \(A-2\): is not a known key"),
        ("id: A-2,", "id: A-1,", r"clauses has the id 'A-1' more than once"),
        ("clause: A-1", "clause: A-9", r"rungs \(talk\)\.clause names 'A-9'"),
        ("[A-2]", "[A-1]", r"contacts\.0\.clauses names 'A-1', which is no contact clause"),
        ("named: [threat]", "named: [threat], also: [threat]", r"lists the category 'threat' more than once"),
        ("kind: contact,", "kind: duty, named: [threat],", r"\(A-2\) names categories, but only"),
        ("named: [threat]", "served_by: ['rung:leap']", r"served_by names 'rung:leap', which is no rung"),
        ("named: [threat]", "served_by: ['somewhere']", r"clauses\.0\.served_by\.0 \(A-1\): String should match"),
        ("decided_by: manager", "decided_by: anybody", r"rungs\.0\.decided_by \(talk\): Input should be"),
        ('"2026-04-01"', "2026-04-01", r"version: Input should be a valid string"),
        ("clauses:", "clauses: [", r"is not valid YAML"),
    ],
)
def test_a_wrong_policy_names_file_and_key(house: Write, old: str, new: str, sentence: str) -> None:
    """Each fault is one sentence with the file, the key and the id of the entry."""
    path = house(SMALL.replace(old, new))
    with pytest.raises(RuleError, match=rf"(?s)^{re.escape(str(path))}.*{sentence}") as caught:
        load_policy(str(path))
    assert "\n" not in str(caught.value)


def test_an_empty_file_is_refused(house: Write) -> None:
    """A file without a mapping says so."""
    with pytest.raises(RuleError, match="the file: Input should be"):
        load_policy(str(house("- just a list")))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that is not there names itself."""
    with pytest.raises(RuleError, match=r"gone\.yaml could not be read"):
        load_policy(str(tmp_path / "gone.yaml"))
