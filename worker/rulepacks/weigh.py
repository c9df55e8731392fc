"""Findings → score, categories, severity and evidence, with every step of the weighing said in a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from worker.domain.judgement import Category, Finding, Severity
from worker.domain.policy import Target
from worker.domain.rules import Role, Rule, Status, Strength
from worker.rulepacks.weights import Weights

SECOND_HIT_SHARE = 0.5
"""What a second hit of the same rule adds, as a share of its weight: the same words twice are hardly two signs."""
SHOWN_FROM = 0.05


@dataclass(frozen=True, slots=True)
class Weighed:
    """A finding with its weight (level × strength, 0..1), and whether it may flag or only adds."""

    finding: Finding
    weight: float
    role: Role
    target: Target


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the weighing comes to. ``categories`` are those supported enough; empty where nothing is flagged."""

    flag: bool
    score: float
    severity: Severity | None
    categories: tuple[Category, ...]
    shown: tuple[Weighed, ...]
    lines: tuple[str, ...]
    weighed: tuple[Weighed, ...] = ()
    support: Mapping[Category, float] = field(default_factory=dict)
    groups: Mapping[str, float] = field(default_factory=dict)


class Scales:
    """The weights of a pack, ready to weigh the findings of many threads."""

    def __init__(self, weights: Weights, rules: Iterable[Rule]) -> None:
        self.weights = weights
        self._rules = {rule.id: rule for rule in rules}

    def weigh(self, findings: Sequence[Finding]) -> Verdict:
        """Weigh the findings of one thread."""
        weighed = self.weighed(findings)
        signals = self._by_category(weighed, Role.SIGNAL)
        companions = self._by_category(weighed, Role.COMPANION)
        support = {key: either(signals.get(key, 0), companions.get(key, 0)) for key in (*signals, *companions)}
        groups = self._by_group(signals)
        score = either(*groups.values())
        added = either(*companions.values()) * self.weights.companion_share if score else 0.0
        total = round(either(score, added), 4)
        flag = total >= self.weights.threshold
        named = self._named(support) if flag else ()
        shown = self.shown(weighed, named)
        severity = self._severity(support, named, total) if flag else None
        lines = (*map(_line, sorted(weighed, key=_order)), *_sums(signals, groups, added))
        lines = (*lines, conclusion(total, self.weights.threshold))
        return Verdict(flag, total, severity, named, shown, lines, tuple(weighed), support, groups)

    def weighed(self, findings: Iterable[Finding]) -> list[Weighed]:
        """The findings that count, each with its weight."""
        return [one for finding in findings if (one := self._weighed(finding))]

    def shown(self, weighed: Iterable[Weighed], named: Sequence[Category]) -> tuple[Weighed, ...]:
        """Those of the categories named, the weightiest first."""
        return tuple(sorted((w for w in weighed if w.finding.category in named), key=_order))

    def level(self, strength: Strength) -> float:
        """The number of a level."""
        return self.weights.levels[strength]

    def _weighed(self, finding: Finding) -> Weighed | None:
        """The finding with its weight; None where its rule does not count or hardly anything is left of it."""
        rule = self._rules.get(finding.rule)
        if rule is None:
            detector = self.weights.detectors[finding.rule]
            weighed = Weighed(finding, self._weight(detector.strength, finding), detector.role, Target.ANY)
        elif rule.status is not Status.STABLE:
            return None
        else:
            weighed = Weighed(finding, self._weight(rule.strength, finding), rule.role, rule.target)
        return weighed if weighed.weight >= SHOWN_FROM else None

    def _weight(self, strength: Strength, finding: Finding) -> float:
        return round(self.level(strength) * finding.strength, 4)

    def _by_category(self, weighed: Iterable[Weighed], role: Role) -> dict[Category, float]:
        rules: dict[tuple[Category, str], list[float]] = {}
        for one in weighed:
            if one.role is role:
                rules.setdefault((one.finding.category, one.finding.rule), []).append(one.weight)
        categories: dict[Category, list[float]] = {}
        for (category, _), weights in rules.items():
            best, *others = sorted(weights, reverse=True)
            categories.setdefault(category, []).extend([best, *(SECOND_HIT_SHARE * other for other in others[:1])])
        return {category: either(*weights) for category, weights in categories.items()}

    def _by_group(self, categories: Mapping[Category, float]) -> dict[str, float]:
        return {
            name: min(group.ceiling, either(*(categories[c] for c in group.categories if c in categories)))
            for name, group in self.weights.groups.items()
            if any(c in categories for c in group.categories)
        }

    def _named(self, support: Mapping[Category, float]) -> tuple[Category, ...]:
        """The categories supported enough; where none is, the best supported one."""
        named = [category for category, weight in support.items() if weight >= self.weights.category_threshold]
        return tuple(sorted(named or [max(support, key=lambda key: (support[key], key))]))

    def _severity(self, support: Mapping[Category, float], named: Sequence[Category], score: float) -> Severity:
        """The most that any clause of ``severity`` in the weights says; ``low`` for one mild sign."""
        said = [rule.severity for rule in self.weights.severity if rule.holds(support, named, score)]
        if said:
            return max(said, key=lambda severity: severity.rank)
        mild = score < self.weights.low_below and len(named) == 1
        return Severity.LOW if mild else Severity.MEDIUM


def conclusion(score: float, threshold: float) -> str:
    """The last line of a weighing."""
    return f"score {score:.2f} {'≥' if score >= threshold else '<'} threshold {threshold:.2f}"


def either(*weights: float) -> float:
    """How likely at least one of several independent signs holds: 1 - Π(1 - weight)."""
    return 1 - prod(1 - weight for weight in weights)


def _order(weighed: Weighed) -> tuple[float, str, str, int, str]:
    finding = weighed.finding
    return (-weighed.weight, finding.category, finding.message, finding.start, finding.rule)


def _line(weighed: Weighed) -> str:
    finding = weighed.finding
    lowered = f" (lowered by {', '.join(finding.damped)})" if finding.damped else ""
    kind = " companion" if weighed.role is Role.COMPANION else ""
    return f"{finding.category} {weighed.weight:.2f}{kind} by {finding.rule} in {finding.message}{lowered}"


def _sums(signals: Mapping[Category, float], groups: Mapping[str, float], added: float) -> Iterable[str]:
    yield from (f"category {category}: {weight:.2f}" for category, weight in sorted(signals.items()))
    yield from (f"group {name}: {weight:.2f}" for name, weight in groups.items())
    if added:
        yield f"companions add {added:.2f}"
