"""Fitting the learned part on lines that people wrote: the rules' examples and ``rules/corpus``. Same lines, same bytes."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path

from pydantic import Field

from worker.detectors.fold import fold
from worker.detectors.model import SHORTEST_SENTENCE, Model, grams, logistic
from worker.domain.judgement import Category
from worker.domain.rules import Status, Way
from worker.rulepacks.files import FileModel, read_yaml
from worker.rulepacks.loader import RulePack

RAREST = 2
"""A piece that stands in fewer lines is left out."""
ROUNDS = 12
FLAG_RATE = 3.0
SLOWER = 0.82
SEED = 20260304
SMOOTHING = 0.5
MOST_TELLING = 900
"""How many pieces are kept of each category."""
DIGITS = 2


class LinesFile(FileModel):
    """``rules/corpus/*.yaml``: sentences that are harassment, by category, and sentences that are not."""

    harassing: dict[Category, tuple[str, ...]] = Field(default_factory=dict)
    innocent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A folded sentence with its label: a category, or None where it is innocent. ``group`` is held out as one."""

    text: str
    category: Category | None
    group: str


def lines_of(pack: RulePack, folders: Iterable[Path]) -> list[Line]:
    """The labelled lines: each rule's own examples, and those of ``corpus/*.yaml`` in the folders."""
    found = [line for rule in pack.rules for line in _examples(pack, rule.id)]
    for folder in folders:
        for file in sorted(folder.glob("corpus/*.yaml")):
            written = read_yaml(file, LinesFile)
            found += [Line(t, None, file.stem) for text in written.innocent for t in _sentences(text)]
            found += [
                Line(_whole(text), category, file.stem)
                for category, texts in written.harassing.items()
                for text in texts
            ]
    return [line for line in found if len(line.text) >= SHORTEST_SENTENCE]


def _examples(pack: RulePack, rule_id: str) -> Iterator[Line]:
    rule = pack.rule(rule_id)
    if rule.direction is Way.OUT or rule.status is Status.DEPRECATED:
        return
    for example in pack.examples.get(rule_id, ()):
        if example.fires:
            yield Line(_whole(example.text), rule.category, rule_id)
        else:
            yield from (Line(text, None, rule_id) for text in _sentences(example.text))


def _sentences(text: str) -> list[str]:
    folded = fold(text)
    return [folded.sentence(number) for number in range(len(folded.sentences))]


def _whole(text: str) -> str:
    """A harassing line as one sentence: which of its sentences makes it so is not said."""
    return fold(text).text.replace("\n", "")


def learn(lines: Sequence[Line]) -> Model:
    """A model fitted on ``lines``; the same lines in the same order give the same model."""
    pieces = [(sorted(grams(line.text)), line.category) for line in lines]
    counts = Counter(gram for found, _ in pieces for gram in found)
    known = [([gram for gram in found if counts[gram] >= RAREST], category) for found, category in pieces]
    bias, flag = _fit_flag(known)
    categories = _fit_categories([(found, category) for found, category in known if category])
    return Model(round(bias, DIGITS), flag, categories)


def _fit_flag(lines: Sequence[tuple[list[str], Category | None]]) -> tuple[float, dict[str, float]]:
    """Logistic regression by stochastic gradient, the rate falling from round to round."""
    weights: dict[str, float] = {}
    bias, rate = 0.0, FLAG_RATE
    for found in _rounds(lines):
        for pieces, category in found:
            size = sqrt(len(pieces)) or 1.0
            said = logistic(bias + sum(weights.get(piece, 0.0) for piece in pieces) / size)
            step = rate * ((category is not None) - said)
            for piece in pieces:
                weights[piece] = weights.get(piece, 0.0) + step / size
            bias += step / 20
        rate *= SLOWER
    return bias, {piece: round(weight, DIGITS) for piece, weight in sorted(weights.items())}


def _fit_categories(lines: Sequence[tuple[list[str], Category]]) -> dict[Category, dict[str, float]]:
    """Naive Bayes among harassing lines: of each category the pieces that tell it most, as log ratios."""
    whole = Counter(piece for pieces, _ in lines for piece in pieces)
    counted: dict[Category, Counter[str]] = {}
    sizes = Counter(category for _, category in lines)
    for pieces, category in lines:
        counted.setdefault(category, Counter()).update(pieces)
    return {category: _telling(counted[category], sizes[category], whole, len(lines)) for category in sorted(counted)}


def _telling(own: Counter[str], size: int, whole: Counter[str], lines: int) -> dict[str, float]:
    """The log ratio of a piece's share in a category to its share in all, for the pieces that say most."""
    ratios = {}
    for piece, count in own.items():
        share = whole[piece] / lines
        ratios[piece] = count * log((count + SMOOTHING * share) / (size + SMOOTHING) / share)
    best = sorted(ratios, key=lambda piece: (-ratios[piece], piece))[:MOST_TELLING]
    return {piece: round(ratios[piece] / own[piece], DIGITS) for piece in sorted(best) if ratios[piece] > 0}


def _rounds(lines: Sequence[tuple[list[str], Category | None]]) -> Iterator[list[tuple[list[str], Category | None]]]:
    """The lines once a round, shuffled the same way each time."""
    order = list(lines)
    dice = random.Random(SEED)  # noqa: S311 - shuffling, not a secret
    for _ in range(ROUNDS):
        dice.shuffle(order)
        yield order


def write_model(model: Model, file: Path) -> None:
    """Keep the model as JSON, the same model as the same bytes."""
    data = {"bias": model.bias, "flag": model.flag, "categories": {str(k): v for k, v in model.categories.items()}}
    file.write_text(
        json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8"
    )
