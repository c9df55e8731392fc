"""Logistic regression twice: by gradient over many sparse pieces, and exactly over a few features. Always the same."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import sqrt

from worker.detectors.model import BIAS, SIGN, Linear, logistic

ROUNDS = 8
RATE = 1.5
SLOWER = 0.75
BIAS_SHARE = 0.05
SEED = 20260304
SURE = 0.04
"""A line that is right but for this much teaches nothing."""
STEPS = 12
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence as numbers of its pieces and of its signs, with its labels (numbers) and what it counts."""

    pieces: tuple[int, ...]
    signs: tuple[int, ...]
    labels: frozenset[int]
    weight: float = 1.0


def fit_sparse(samples: Sequence[Sample], size: int, labels: int) -> list[tuple[float, list[float]]]:
    """For each label its bias and its weight of each piece or sign, by stochastic gradient with a falling rate."""
    fitted = [[0.0] * size for _ in range(labels)]
    biases = [0.0] * labels
    rate = RATE
    for samples_of_round in _rounds(samples):
        for sample in samples_of_round:
            for label in range(labels):
                error = (label in sample.labels) - _said(sample, fitted[label], biases[label])
                if abs(error) > SURE:
                    _step(sample, fitted[label], rate * sample.weight * error)
                    biases[label] += rate * sample.weight * error * BIAS_SHARE
        rate *= SLOWER
    return list(zip(biases, fitted, strict=True))


def _said(sample: Sample, weights: list[float], bias: float) -> float:
    pieces = sum(map(weights.__getitem__, sample.pieces)) / (sqrt(len(sample.pieces)) or 1.0)
    return logistic(bias + pieces + SIGN * sum(map(weights.__getitem__, sample.signs)))


def _step(sample: Sample, weights: list[float], step: float) -> None:
    each = step / (sqrt(len(sample.pieces)) or 1.0)
    for piece in sample.pieces:
        weights[piece] += each
    each = step * SIGN
    for sign in sample.signs:
        weights[sign] += each


def _rounds(samples: Sequence[Sample]) -> Iterator[list[Sample]]:
    """The samples once a round, shuffled the same way each time."""
    order = list(samples)
    dice = random.Random(SEED)  # noqa: S311 - shuffling, not a secret
    for _ in range(ROUNDS):
        dice.shuffle(order)
        yield order


def fit_linear(rows: Sequence[Mapping[str, float]], said: Sequence[bool], penalty: float) -> Linear:
    """Logistic regression with a ridge of ``penalty`` on all but the bias, by Newton's method."""
    names = [BIAS, *sorted(set(chain.from_iterable(rows)))]
    table = [[1.0, *(row.get(name, 0.0) for name in names[1:])] for row in rows]
    ridge = [1e-6, *([penalty] * (len(names) - 1))]
    weights = [0.0] * len(names)
    for _ in range(STEPS):
        steps = _newton(table, said, weights, ridge)
        weights = [weight + step for weight, step in zip(weights, steps, strict=True)]
    return Linear({name: round(weight, DIGITS) for name, weight in zip(names, weights, strict=True)})


def _newton(
    table: Sequence[Sequence[float]], said: Sequence[bool], weights: Sequence[float], ridge: Sequence[float]
) -> list[float]:
    """The step from ``weights`` to where the penalised likelihood's parabola has its top."""
    size = len(weights)
    slope = [-ridge[i] * weights[i] for i in range(size)]
    curve = [[ridge[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
    for row, label in zip(table, said, strict=True):
        share = logistic(sum(map(float.__mul__, row, weights)))
        filled = [(place, value) for place, value in enumerate(row) if value]
        for place, value in filled:
            slope[place] += (label - share) * value
            bend = share * (1 - share) * value
            line = curve[place]
            for other, its in filled:
                line[other] += bend * its
    return solve(curve, slope)


def solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """x of matrix · x = right, by elimination; the matrix is symmetric and positive, so no pivot is needed."""
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for place in range(size):
        for lower in range(place + 1, size):
            factor = rows[lower][place] / rows[place][place]
            if factor:
                top = rows[place]
                rows[lower] = [value - factor * its for value, its in zip(rows[lower], top, strict=True)]
    found = [0.0] * size
    for place in reversed(range(size)):
        known = sum(rows[place][other] * found[other] for other in range(place + 1, size))
        found[place] = (rows[place][size] - known) / rows[place][place]
    return found
