"""``rules/weights.yaml``: what a hit counts, apart from how it is found; a site's own file lies over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from worker.domain.errors import RuleError
from worker.domain.judgement import Category, Severity
from worker.domain.rules import Role, Rule, Status, Strength
from worker.rulepacks.files import FileModel, read_yaml


class DetectorWeight(FileModel):
    """What a detector's finding counts: a level, and whether it may flag."""

    strength: Strength
    role: Role = Role.SIGNAL


class RuleWeight(FileModel):
    """What a site changes of a rule; nothing here changes what the rule finds."""

    strength: Strength | None = None
    status: Status | None = None


class Group(FileModel):
    """Categories that say much the same thing: together they count at most ``ceiling``."""

    categories: tuple[Category, ...]
    ceiling: float = Field(gt=0, le=1)


class SeverityRule(FileModel):
    """``severity`` where each category of ``all`` and one of ``any`` (if given) is named with ``support`` or more.

    ``count`` is the least number of categories named, ``score`` the least score; a rule holds where all that it states holds.
    """

    severity: Severity
    all: tuple[Category, ...] = ()
    any: tuple[Category, ...] = ()
    support: float = Field(default=0.0, ge=0, le=1)
    count: int = 0
    score: float = Field(default=0.0, ge=0, le=1)

    def holds(self, support: Mapping[Category, float], named: Sequence[Category], score: float) -> bool:
        """Whether it holds for these categories, their support and the thread's score."""
        strong = {category for category in named if support[category] >= self.support}
        one_of = not self.any or not strong.isdisjoint(self.any)
        return strong.issuperset(self.all) and one_of and len(named) >= self.count and score >= self.score


class LearnedWeights(FileModel):
    """How the learned part is used. Shares are 0..1.

    A thread is flagged from ``threshold`` on; where the rules reach ``certain``, from ``doubt`` on. A category is named
    from ``category_threshold`` on, a severity reached from its share in ``severity`` on; a sentence is shown from the
    log-odds ``shown_from`` on.
    """

    threshold: float = Field(default=0.5, gt=0, lt=1)
    certain: float = Field(default=0.85, gt=0, le=1)
    doubt: float = Field(default=0.25, gt=0, lt=1)
    category_threshold: float = Field(default=0.3, gt=0, lt=1)
    severity: dict[Severity, float] = Field(default_factory=dict)
    shown_from: float = 0.0


class Weights(FileModel):
    """All numbers of the weighing. ``levels``, thresholds and ceilings are 0..1."""

    levels: dict[Strength, float] = Field(default_factory=dict)
    threshold: float = Field(default=0.5, gt=0, lt=1)
    category_threshold: float = Field(default=0.3, gt=0, lt=1)
    companion_share: float = Field(default=0.5, ge=0, le=1)
    groups: dict[str, Group] = Field(default_factory=dict)
    detectors: dict[str, DetectorWeight] = Field(default_factory=dict)
    rules: dict[str, RuleWeight] = Field(default_factory=dict)
    severity: tuple[SeverityRule, ...] = ()
    learned: LearnedWeights = LearnedWeights()
    low_below: float = Field(default=0.6, ge=0, le=1)

    def overlaid(self, rule: Rule) -> Rule:
        """``rule`` with the strength and status that the weights give it."""
        change = self.rules.get(rule.id)
        if change is None:
            return rule
        return replace(rule, strength=change.strength or rule.strength, status=change.status or rule.status)


def read_weights(files: Sequence[Path]) -> Weights:
    """The weights of ``files``, later ones over earlier ones key by key; RuleError names the file and the key."""
    merged: dict[str, object] = {}
    for file in files:
        written = read_yaml(file, Weights)
        for key in written.model_fields_set:
            value = getattr(written, key)
            known = merged.get(key)
            merged[key] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    weights = Weights.model_validate(merged)
    missing = [level.value for level in Strength if level not in weights.levels]
    if missing:
        where = ", ".join(str(file) for file in files) or "no weights.yaml was found"
        raise RuleError(f"{where}: levels: {', '.join(missing)} missing; give each a number from 0 to 1.")
    return weights
