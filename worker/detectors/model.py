"""The learned part: linear over short pieces of a sentence and what stands around it, small enough to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, sqrt

from worker.domain.judgement import Category, Severity

LONGEST_GRAM = 4
LONGEST_SENTENCE = 200
SHORTEST_SENTENCE = 4
"""Shorter sentences tell nothing by their pieces."""
SIGN = 0.2
"""What a sign of the context counts beside the pieces of a sentence, which together count about 1."""
BIAS = ""
"""Under this name a table of weights holds what it starts from."""


@dataclass(frozen=True)
class Linear:
    """Log-odds from named features: ``weights[BIAS]`` and the sum of weight × value."""

    weights: Mapping[str, float]

    def log_odds(self, features: Mapping[str, float]) -> float:
        """The log-odds for ``features``; a feature without a weight says nothing."""
        known = (self.weights.get(name, 0.0) * value for name, value in features.items())
        return self.weights.get(BIAS, 0.0) + sum(known)

    def telling(self, features: Mapping[str, float], most: int) -> list[tuple[str, float]]:
        """The features that move these log-odds most, with what each adds, the most telling first."""
        added = ((name, self.weights.get(name, 0.0) * value) for name, value in features.items())
        return sorted((pair for pair in added if pair[1]), key=lambda pair: (-abs(pair[1]), pair[0]))[:most]


SILENT = Linear({})


@dataclass(frozen=True)
class Model:
    """Weights by piece or sign: ``flag`` for harassment at all, ``categories`` for which it is, once it is,
    ``grave`` for danger, extortion or stalking.

    ``thread`` says of a thread's features whether it is harassment, ``naming`` of a category's whether the thread shows it,
    ``severity`` whether it is at least that severe. All sums are log-odds.
    """

    flag: Mapping[str, float]
    categories: Mapping[Category, Mapping[str, float]]
    grave: Mapping[str, float] = field(default_factory=dict)
    thread: Linear = SILENT
    naming: Linear = SILENT
    severity: Mapping[Severity, Linear] = field(default_factory=dict)

    def log_odds(self, sentence: str, signs: Iterable[str] = ()) -> float:
        """How much the folded ``sentence`` looks like harassment with these ``signs`` around it; 0 is even."""
        return _sum(self.flag, grams(sentence), signs)

    def shares(self, sentence: str, signs: Iterable[str] = ()) -> dict[Category, float]:
        """How likely (0..1) the folded ``sentence`` is each category, if it is harassment."""
        pieces = grams(sentence)
        return {name: logistic(_sum(weights, pieces, signs)) for name, weights in self.categories.items()}

    def gravity(self, sentence: str, signs: Iterable[str] = ()) -> float:
        """How likely (0..1) the folded ``sentence`` is grave, if it is harassment."""
        return logistic(_sum(self.grave, grams(sentence), signs))


def _sum(weights: Mapping[str, float], pieces: Iterable[str], signs: Iterable[str]) -> float:
    known = [weight for piece in pieces if (weight := weights.get(piece)) is not None]
    around = sum(weights.get(sign, 0.0) for sign in signs)
    return weights.get(BIAS, 0.0) + (sum(known) / sqrt(len(known)) if known else 0.0) + SIGN * around


def grams(sentence: str) -> set[str]:
    """The pieces of one to four signs of a folded sentence, its ends marked."""
    text = f"^{sentence[:LONGEST_SENTENCE]}$"
    found = set(text)
    longer = list(text)
    for size in range(1, LONGEST_GRAM):
        longer = list(map(str.__add__, longer, text[size:]))
        found.update(longer)
    return found


def logistic(value: float) -> float:
    """Log-odds as a share of 0..1."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, value))))
