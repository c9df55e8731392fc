"""The learned part: linear over short pieces of a sentence, small enough to read and to explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import exp, sqrt

from worker.domain.judgement import Category

LONGEST_GRAM = 4
LONGEST_SENTENCE = 200
REMEMBERED_SENTENCES = 4096
SHORTEST_SENTENCE = 6
"""Shorter sentences tell nothing by their pieces."""


@dataclass(frozen=True)
class Model:
    """Weights by piece: ``flag`` for harassment at all, ``categories`` for which it is, once it is.

    ``bias`` and all sums are log-odds. A sentence's pieces count alike, divided by the root of their number.
    """

    bias: float
    flag: Mapping[str, float]
    categories: Mapping[Category, Mapping[str, float]]

    def log_odds(self, sentence: str) -> float:
        """How much the folded ``sentence`` looks like harassment, as log-odds; 0 is even."""
        return self._remembered(sentence)

    @cached_property
    def _remembered(self) -> Callable[[str], float]:
        return lru_cache(maxsize=REMEMBERED_SENTENCES)(self._log_odds)

    def _log_odds(self, sentence: str) -> float:
        known = self.flag.keys() & grams(sentence)
        return self.bias + (sum(map(self.flag.__getitem__, known)) / sqrt(len(known)) if known else 0.0)

    def category(self, sentence: str) -> Category:
        """The category that the folded ``sentence`` looks like most."""
        pieces = grams(sentence)
        sums = {name: sum(weights.get(p, 0.0) for p in pieces) for name, weights in self.categories.items()}
        return max(sums, key=lambda name: (sums[name], name))


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
