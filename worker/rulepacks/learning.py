"""Fitting the learned part on what people wrote: rules' examples, ``corpus/*.yaml`` and labelled threads. Same bytes always."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from pydantic import Field

from worker.detectors.fold import fold
from worker.detectors.model import BIAS, SHORTEST_SENTENCE, Linear, Model, grams
from worker.detectors.reading import Reading, ReadMail
from worker.domain.judgement import Category, Severity
from worker.domain.rules import Status, Way
from worker.domain.scene import Scene
from worker.rulepacks.features import category_features, severity_features, thread_features
from worker.rulepacks.files import FileModel, read_yaml
from worker.rulepacks.fitting import Sample, fit_linear, fit_sparse
from worker.rulepacks.judge import Judge
from worker.rulepacks.loader import RulePack
from worker.rulepacks.verdict import applies, support_of
from worker.rulepacks.weigh import Verdict

RAREST = 2
"""A piece that stands in fewer lines is left out."""
LINE_WEIGHT = 0.3
"""What a single line counts beside a sentence of a thread."""
BESIDE_WEIGHT = 0.7
"""What a sentence counts that stands in a harassing thread but is no evidence: the label may have passed it over."""
SHORTEST_MATCH = 4
MOST_TELLING = 1500
"""How many pieces are kept of each category."""
SLIGHT = 0.05
"""A smaller weight is left out."""
DIGITS = 2
THREAD_PENALTY = 3.0
NAMING_PENALTY = 1.0
SEVERITY_PENALTY = 3.0
PARTS = 4
GRAVE = frozenset((Category.VIOLENCE, Category.THREAT))
"""Single lines have no severity; those of these categories count as grave."""
LEVELS = (Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)


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


@dataclass(frozen=True, slots=True)
class LabelledThread:
    """A thread with its labels. ``evidence``: mail key, words, category. Whole ``author``s and ``scenario``s are held out."""

    scene: Scene
    flag: bool
    categories: frozenset[Category]
    severity: Severity | None
    evidence: tuple[tuple[str, str, Category], ...]
    author: str
    scenario: str


def labelled(scene: Scene, labels: Mapping[str, Any]) -> LabelledThread:
    """The thread of ``scene`` with a corpus case's ``labels``; KeyError or ValueError where they are none."""
    pieces = ((str(e["mail"]), str(e["text"]), Category(e["category"])) for e in labels.get("evidence") or ())
    return LabelledThread(
        scene,
        bool(labels["flag"]),
        frozenset(map(Category, labels["categories"])),
        Severity(labels["severity"]) if labels["severity"] else None,
        tuple(pieces),
        str(labels.get("author", "")),
        str(labels.get("scenario", "")),
    )


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


@dataclass(frozen=True)
class _Studied:
    """A labelled thread as read, what the rules alone make of it, and its sentences with their labels."""

    thread: LabelledThread
    reading: Reading
    ruled: Verdict
    taught: tuple[_Taught, ...]


@dataclass(frozen=True, slots=True)
class _Taught:
    """A sentence as pieces and signs, with its categories (none: innocent) and what it counts."""

    pieces: tuple[str, ...]
    signs: tuple[str, ...]
    categories: frozenset[Category]
    weight: float
    grave: bool = False


def learn(pack: RulePack, lines: Sequence[Line], threads: Sequence[LabelledThread] = ()) -> Model:
    """A model fitted on ``lines`` and ``threads``; the same ones in the same order give the same model.

    What is said of a thread is fitted on sentences judged by a model that had not seen it, nor its twin.
    """
    judge = Judge(pack).without_model()
    studied = [_study(judge, thread) for thread in threads]
    known = [_of_line(line) for line in lines]
    model = _fit_sentences([*known, *(taught for one in studied for taught in one.taught)])
    unseen = [one for part in _parts(studied) for one in _held_out(known, studied, part)]
    return _fit_threads(model, [one for one in unseen if applies(one.reading, one.ruled)])


def _study(judge: Judge, thread: LabelledThread) -> _Studied:
    reading = judge.read(thread.scene)
    return _Studied(thread, reading, judge.ruled(reading), tuple(_taught(reading, thread)))


def _taught(reading: Reading, thread: LabelledThread) -> Iterator[_Taught]:
    for mail, number, text, signs in reading.sentences():
        categories = _categories(mail, number, thread)
        weight = BESIDE_WEIGHT if thread.flag and not categories else 1.0
        grave = bool(categories) and thread.severity is Severity.CRITICAL
        yield _Taught(tuple(sorted(grams(text))), tuple(signs), categories, weight, grave)


def _categories(mail: ReadMail, number: int, thread: LabelledThread) -> frozenset[Category]:
    """The categories of the evidence that shares half of the shorter text with that sentence."""
    words = mail.own.sentence(number)[0]
    here = ((text, category) for key, text, category in thread.evidence if key == mail.message.key)
    return frozenset(category for text, category in here if _shares(words, text))


def _shares(one: str, other: str) -> bool:
    run = SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
    return run >= SHORTEST_MATCH and run * 2 >= min(len(one), len(other))


def _of_line(line: Line) -> _Taught:
    categories = frozenset([line.category] if line.category else [])
    return _Taught(tuple(sorted(grams(line.text))), (), categories, LINE_WEIGHT, not categories.isdisjoint(GRAVE))


def _parts(studied: Sequence[_Studied]) -> list[set[str]]:
    """The scenarios that are held out together: a thread and its twin are never apart."""
    scenarios = sorted({_scenario(one) for one in studied})
    return [set(scenarios[start::PARTS]) for start in range(min(PARTS, len(scenarios)))]


def _held_out(known: Sequence[_Taught], studied: Sequence[_Studied], part: set[str]) -> list[_Studied]:
    """The threads of ``part``, their sentences judged by a model that was fitted without them."""
    out = [one for one in studied if _scenario(one) in part]
    taught = [taught for one in studied if _scenario(one) not in part for taught in one.taught]
    model = _fit_sentences([*known, *taught])
    return [replace(one, reading=replace(one.reading, model=model)) for one in out]


def _scenario(one: _Studied) -> str:
    return f"{one.thread.author} {one.thread.scenario}"


def _fit_sentences(taught: Sequence[_Taught]) -> Model:
    """The part that judges sentences: whether, over all of them; of which category, over the harassing ones."""
    harassing = [one for one in taught if one.categories]
    categories = sorted({category for one in harassing for category in one.categories})
    flag = _fit(taught, [[bool(one.categories)] for one in taught])[0] if taught else {}
    labels = [[one.grave, *(name in one.categories for name in categories)] for one in harassing]
    grave, *each = map(_telling, _fit(harassing, labels)) if harassing else [{}]
    return Model(flag, dict(zip(categories, each, strict=True)), grave)


def _fit(taught: Sequence[_Taught], labels: Sequence[Sequence[bool]]) -> list[dict[str, float]]:
    counts = Counter(name for one in taught for name in (*one.pieces, *one.signs))
    numbers = {name: number for number, name in enumerate(sorted(n for n, count in counts.items() if count >= RAREST))}
    samples = [_sample(one, said, numbers) for one, said in zip(taught, labels, strict=True)]
    fitted = fit_sparse(samples, len(numbers), len(labels[0]) if labels else 0)
    return [{BIAS: round(bias, DIGITS), **_kept(numbers, weights)} for bias, weights in fitted]


def _sample(one: _Taught, said: Sequence[bool], numbers: Mapping[str, int]) -> Sample:
    pieces, signs = (tuple(numbers[n] for n in names if n in numbers) for names in (one.pieces, one.signs))
    return Sample(pieces, signs, frozenset(label for label, holds in enumerate(said) if holds), one.weight)


def _kept(numbers: Mapping[str, int], weights: Sequence[float]) -> dict[str, float]:
    return {name: round(weights[n], DIGITS) for name, n in numbers.items() if abs(weights[n]) >= SLIGHT}


def _telling(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights that say most."""
    best = sorted(weights, key=lambda name: (name != BIAS, -abs(weights[name]), name))[: MOST_TELLING + 1]
    return {name: weights[name] for name in sorted(best)}


def _fit_threads(model: Model, unseen: Sequence[_Studied]) -> Model:
    """``model`` with the parts that judge threads, fitted on threads whose sentences the judge had not seen."""
    if not any(one.thread.flag for one in unseen):
        return model
    features = [thread_features(one.reading, one.ruled) for one in unseen]
    thread = fit_linear(features, [one.thread.flag for one in unseen], THREAD_PENALTY)
    flagged = [one for one in unseen if one.thread.flag]
    rows = [category_features(one.reading, one.ruled, one.reading.model or model) for one in flagged]
    naming = _fit_naming(flagged, rows)
    support = [support_of(row, naming) for row in rows]
    return replace(model, thread=thread, naming=naming, severity=_fit_severity(model, flagged, support))


def _fit_naming(flagged: Sequence[_Studied], rows: Sequence[Mapping[Category, Mapping[str, float]]]) -> Linear:
    """One logistic for all categories: whether the thread shows the category that the features are of."""
    pairs = [(row[name], name in one.thread.categories) for one, row in zip(flagged, rows, strict=True) for name in row]
    return fit_linear([features for features, _ in pairs], [said for _, said in pairs], NAMING_PENALTY)


def _fit_severity(
    model: Model, flagged: Sequence[_Studied], support: Sequence[Mapping[Category, float]]
) -> dict[Severity, Linear]:
    """For each level whether it is reached."""
    features = [
        severity_features(of_thread, one.reading, one.reading.model or model)
        for one, of_thread in zip(flagged, support, strict=True)
    ]
    ranks = [one.thread.severity.rank if one.thread.severity else 0 for one in flagged]
    return {level: fit_linear(features, [rank >= level.rank for rank in ranks], SEVERITY_PENALTY) for level in LEVELS}


def write_model(model: Model, file: Path) -> None:
    """Keep the model as JSON, the same model as the same bytes."""
    data = {
        "flag": model.flag,
        "categories": {str(k): v for k, v in model.categories.items()},
        "grave": model.grave,
        "thread": model.thread.weights,
        "naming": model.naming.weights,
        "severity": {str(level): linear.weights for level, linear in model.severity.items()},
    }
    file.write_text(
        json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8"
    )
