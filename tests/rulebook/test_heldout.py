"""How far the rules carry beyond their own examples: mails written after the rules, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.domain.mail import Direction
from worker.rulepacks.judge import Judge
from worker.rulepacks.loader import RulePack, load_packs
from worker.rulepacks.sample import sample_scene

RULES = Path(__file__).parents[2] / "rules"
HELD_OUT = Path(__file__).with_name("heldout_hostile.yaml")

# Share of hostile mails flagged, and of innocent ones flagged, at the first look: before any rule was changed for
# that batch, with the rules of that hour. Each batch was then used to make the rules wider, so the floors below
# (lower than what the rules alone reach: the learned part is taught by whole threads and trusts a single line less)
# guard against loss and say nothing about unseen mails; the first looks do.
FIRST_LOOK = {1: (0.27, 0.046), 2: (0.34, 0.081), 3: (0.37, 0.174)}
FLOOR = {1: 0.7, 2: 0.55, 3: 0.45}
CEILING = {1: 0.04, 2: 0.04, 3: 0.05}


@pytest.fixture(scope="module")
def pack() -> RulePack:
    """The shipped rules."""
    return load_packs([RULES])


@pytest.fixture(scope="module")
def judge(pack: RulePack) -> Judge:
    """A judge of the shipped rules."""
    return Judge(pack)


@pytest.fixture(scope="module")
def batches() -> dict[int, dict[str, Any]]:
    """The held-out batches by number."""
    return {batch["batch"]: batch for batch in yaml.safe_load(HELD_OUT.read_text(encoding="utf-8"))}


def _hostile(batch: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for category, texts in batch["hostile"].items():
        yield from ((category, text) for text in texts)


def _flagged(judge: Judge, text: str, way: Direction = Direction.IN) -> bool:
    return judge.assess(sample_scene(text, direction=way)).flag


@pytest.mark.parametrize("number", FLOOR)
def test_hostile_mails_of_a_seen_batch_stay_flagged(
    judge: Judge, batches: dict[int, dict[str, Any]], number: int
) -> None:
    """Of the hostile mails of each batch at least the share that was reached stays flagged."""
    mails = list(_hostile(batches[number]))
    share = sum(_flagged(judge, text) for _, text in mails) / len(mails)
    assert share >= FLOOR[number]
    assert share > FIRST_LOOK[number][0]


@pytest.mark.parametrize("number", CEILING)
def test_innocent_mails_of_a_seen_batch_stay_unflagged(
    judge: Judge, batches: dict[int, dict[str, Any]], number: int
) -> None:
    """Of the innocent look-alikes of each batch hardly any is flagged."""
    texts = batches[number]["innocent"]
    assert sum(_flagged(judge, text) for text in texts) / len(texts) <= CEILING[number]


def test_ordinary_firm_replies_of_our_desk_are_not_flagged(judge: Judge, batches: dict[int, dict[str, Any]]) -> None:
    """No firm but proper reply of our own desk is flagged."""
    texts = [text for batch in batches.values() for text in batch["own_staff_innocent"]]
    assert [text for text in texts if _flagged(judge, text, Direction.OUT)] == []


def test_most_hostile_replies_of_our_desk_are_flagged(judge: Judge, batches: dict[int, dict[str, Any]]) -> None:
    """Most mails in which our own people insult or threaten a customer are flagged."""
    texts = [text for batch in batches.values() for text in batch["own_staff_hostile"]]
    assert sum(_flagged(judge, text, Direction.OUT) for text in texts) / len(texts) >= 0.8


def test_no_held_out_mail_is_an_example_of_a_rule(pack: RulePack, batches: dict[int, dict[str, Any]]) -> None:
    """A rule never carries a held-out mail among its own examples: the batches measure, they do not teach by heart."""
    own = {example.text for examples in pack.examples.values() for example in examples}
    held = {text for batch in batches.values() for _, text in _hostile(batch)}
    held |= {text for batch in batches.values() for text in batch["innocent"]}
    assert held & own == set()
