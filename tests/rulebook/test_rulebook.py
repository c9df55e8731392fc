"""The rules as shipped: each does what its examples say, and threads made by hand are judged as a person would."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.judging import scene, shipped_judge, shipped_pack, threads
from worker.domain.judgement import Category
from worker.resources import shipped
from worker.rulepacks import lint, try_examples
from worker.rulepacks.loader import RuleFile


def test_lint_finds_nothing() -> None:
    """The shipped rules have no fault."""
    assert lint(shipped_pack(), [shipped("rules")]) == []


@pytest.mark.parametrize("group", sorted({rule.id.partition(".")[0] for rule in shipped_pack().rules}))
def test_every_example_does_as_it_must(group: str) -> None:
    """What must fire fires, what must be silent is silent, in the context that the cues give."""
    assert [str(failure) for failure in try_examples(shipped_pack(), shipped_judge(), f"{group}.")] == []


def test_every_category_is_served() -> None:
    """All categories but ``other`` have a rule that counts or a detector."""
    from worker.detectors import DETECTORS

    served = {rule.category for rule in shipped_pack().rules if rule.status == "stable"}
    served |= {category for detector in DETECTORS for category in detector.categories}
    assert served == set(Category) - {Category.OTHER}


def test_every_finding_has_a_weight() -> None:
    """Each rule that detectors give their findings is in weights.yaml, and each category is in exactly one group."""
    weights = shipped_pack().weights
    grouped = [category for group in weights.groups.values() for category in group.categories]
    assert sorted(grouped) == sorted(set(Category) - {Category.OTHER})
    assert all("." in name for name in weights.detectors)


def test_the_schema_is_that_of_the_loader() -> None:
    """``rules/schema.json``, by which editors check rules, is made from what the loader accepts."""
    schema = json.loads((shipped("rules") / "schema.json").read_text(encoding="utf-8"))
    expected = RuleFile.model_json_schema()
    assert {key: schema[key] for key in ("properties", "required", "additionalProperties")} == {
        key: json.loads(json.dumps(expected[key])) for key in ("properties", "required", "additionalProperties")
    }


@pytest.mark.parametrize("thread", threads("innocent"), ids=lambda thread: thread["name"])
def test_innocent_threads_are_left_alone(thread: dict[str, Any]) -> None:
    """Complaints, daily business and mail about harassment are not flagged, however they sound."""
    assessment = shipped_judge().assess(scene(thread["mails"], thread.get("hours_after", 0)))
    assert not assessment.flag, assessment.weighing


@pytest.mark.parametrize("thread", threads("harassing"), ids=lambda thread: thread["name"])
def test_harassing_threads_are_flagged(thread: dict[str, Any]) -> None:
    """Harassment is flagged, and its categories are named, however politely it is put."""
    assessment = shipped_judge().assess(scene(thread["mails"], thread.get("hours_after", 0)))
    assert assessment.flag, assessment.weighing
    assert set(thread["categories"]) <= set(assessment.categories)
