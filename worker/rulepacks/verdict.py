"""What the learned part makes of a thread that the rules have weighed: flag, categories, severity and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from worker.detectors.learned import learned_findings
from worker.detectors.model import Linear, Model, logistic
from worker.detectors.own_staff import OwnStaff
from worker.detectors.reading import Reading
from worker.domain.judgement import Category, Severity
from worker.rulepacks.features import category_features, severity_features, thread_features
from worker.rulepacks.weigh import Scales, Verdict, conclusion
from worker.rulepacks.weights import LearnedWeights

TELLING = 6
"""How many features a weighing names."""


def applies(reading: Reading, ruled: Verdict) -> bool:
    """Whether the learned part has a say: somebody wrote to the desk, and it is not our own people who went too far."""
    ours = any(weighed.finding.detector == OwnStaff.id for weighed in ruled.shown)
    return reading.model is not None and bool(reading.suspects) and not ours


def learned_verdict(reading: Reading, ruled: Verdict, scales: Scales) -> Verdict:
    """``ruled`` as the learned part sees it; unchanged where that has no say."""
    model = reading.model
    if model is None or not applies(reading, ruled):
        return ruled
    features = thread_features(reading, ruled)
    weights = scales.weights.learned
    score = _score(round(logistic(model.thread.log_odds(features)), 4), ruled, weights)
    lines = (*ruled.lines[:-1], *_lines(model.thread, features), conclusion(score, weights.threshold))
    if score < weights.threshold:
        return replace(ruled, flag=False, score=score, severity=None, categories=(), shown=(), lines=lines)
    support = support_of(category_features(reading, ruled, model), model.naming)
    named = _named(support, weights.category_threshold)
    severity = _severity(model, severity_features(support, reading, model), weights)
    severity = Severity.CRITICAL if ruled.severity is Severity.CRITICAL else severity
    findings = learned_findings(reading, named, weights.shown_from)
    shown = scales.shown([*ruled.weighed, *scales.weighed(findings)], named)
    lines = (*lines[:-1], *(f"category {name}: {support[name]:.2f} (learned)" for name in named), lines[-1])
    return replace(ruled, flag=True, score=score, severity=severity, categories=named, shown=shown, lines=lines)


def _score(learned: float, ruled: Verdict, weights: LearnedWeights) -> float:
    """The learned share, or the threshold where rules are certain and the learned part has but doubts."""
    certain = ruled.score >= weights.certain and learned >= weights.doubt
    return max(learned, weights.threshold) if certain else learned


def _lines(thread: Linear, features: Mapping[str, float]) -> Iterable[str]:
    return (f"learned {name} adds {added:+.2f}" for name, added in thread.telling(features, TELLING))


def support_of(features: Mapping[Category, Mapping[str, float]], naming: Linear) -> dict[Category, float]:
    """How likely (0..1) the thread shows each category, given that it is harassment."""
    return {name: round(logistic(naming.log_odds(values)), 4) for name, values in features.items()}


def _named(support: Mapping[Category, float], threshold: float) -> tuple[Category, ...]:
    named = [category for category, share in support.items() if share >= threshold]
    return tuple(sorted(named or [max(support, key=lambda name: (support[name], name))]))


def _severity(model: Model, features: Mapping[str, float], weights: LearnedWeights) -> Severity:
    """The most severe level whose share is reached; ``low`` where none is."""
    shares = {level: logistic(linear.log_odds(features)) for level, linear in model.severity.items()}
    reached = [level for level, share in shares.items() if share >= weights.severity.get(level, 0.5)]
    return max(reached, key=lambda level: level.rank, default=Severity.LOW)
