"""How far the demand rules carry beyond the lines they were written from."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.support.judging import shipped_judge
from worker.resources import shipped
from worker.rulepacks.sample import sample_scene

_FILE = shipped("rules").parent / "tests" / "rulebook" / "heldout_demands.yaml"

# batch: (share of demands flagged, share named with their category, false alarms, innocent lines) at the first look,
# by rules alone. Rules were widened after each look, so only later batches are news about them.
FIRST_LOOK = {
    "first": (0.118, 0.111, 0, 140),
    "second": (0.117, 0.078, 1, 72),
    "third": (0.640, 0.620, 4, 40),
    "fourth": (0.600, 0.600, 0, 30),
}
MOST_FALSE_ALARMS = 0.03


def _batches() -> dict[str, list[tuple[str, str]]]:
    loaded: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {name: [(label, text) for label, text in lines] for name, lines in loaded.items()}


@pytest.mark.parametrize("batch", sorted(FIRST_LOOK))
def test_no_batch_does_worse_than_at_the_first_look(batch: str) -> None:
    """Single lines taken for demands of their category are at least as many as when the batch was new."""
    demands = [(label, text) for label, text in _batches()[batch] if label != "innocent"]
    rules_alone = shipped_judge().without_model()
    judged = [(label, rules_alone.assess(sample_scene(text))) for label, text in demands]
    flagged, named, _, _ = FIRST_LOOK[batch]
    assert sum(assessment.flag for _, assessment in judged) >= flagged * len(demands) - 1
    assert sum(label in assessment.categories for label, assessment in judged) >= named * len(demands) - 1


def test_innocent_lines_stay_innocent() -> None:
    """Complaints, contract talk, polite rush requests and everyday mail raise hardly a false alarm."""
    innocent = [text for lines in _batches().values() for label, text in lines if label == "innocent"]
    alarms = [text for text in innocent if shipped_judge().assess(sample_scene(text)).flag]
    assert len(alarms) <= MOST_FALSE_ALARMS * len(innocent), alarms
