"""What a scan of a labelled corpus comes to: figures only, no text and no id of a case."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from worker.domain.judgement import Category, Severity

PREVALENCES = (0.005, 0.01, 0.02)
"""Shares of harassment in a real inbox at which precision is reported."""
_KANA = re.compile("[\u3040-\u30ff]")
_HAN = re.compile("[\u4e00-\u9fff]")
_SCORED = tuple(category.value for category in Category if category is not Category.OTHER)


@dataclass(frozen=True, slots=True)
class Case:
    """One case as predicted (an object of ``scan``) and as labelled; ``language`` is ja, en or zh."""

    predicted: Mapping[str, Any]
    labelled: Mapping[str, Any]
    language: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, wrong and missed ones of some kind."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of what was said that is right; 0 where nothing was said."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of what is there that was said; 0 where nothing is there."""
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)

    def figures(self) -> dict[str, float]:
        """Rounded for printing, with the counts."""
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {name: round(rate, 4) for name, rate in rates.items()} | {
            "right": self.right,
            "wrong": self.wrong,
            "missed": self.missed,
        }


def language_of(texts: Iterable[str]) -> str:
    """ja where there is kana, zh where there is Han without kana, else en; the most frequent over ``texts``."""
    found = Counter("ja" if _KANA.search(t) else "zh" if _HAN.search(t) else "en" for t in texts)
    return found.most_common(1)[0][0] if found else "en"


def measure(cases: Sequence[Case]) -> dict[str, Any]:
    """All figures as plain JSON values."""
    flags = flag_counts(cases)
    innocent = sum(not case.labelled["flag"] for case in cases)
    each = {category: category_counts(cases, [category]) for category in _SCORED}
    present = [counts for counts in each.values() if counts.right + counts.missed]
    return {
        "cases": len(cases),
        "flag": flags.figures(),
        "false_alarm_rate": round(_share(flags.wrong, innocent), 4),
        "precision_at_prevalence": {str(p): round(at_prevalence(flags, innocent, p), 4) for p in PREVALENCES},
        "kinds": _kinds(cases),
        "categories": {
            "micro": category_counts(cases, _SCORED).figures(),
            "macro_f1": round(_share(sum(counts.f1 for counts in present), len(present)), 4),
            "each": {category: counts.figures() for category, counts in each.items()},
        },
        "evidence": evidence_counts(cases),
        "severity": severity_figures(cases),
        "languages": {
            language: flag_counts([case for case in cases if case.language == language]).figures()
            for language in sorted({case.language for case in cases})
        },
    }


def flag_counts(cases: Iterable[Case]) -> Counts:
    """The flag."""
    pairs = Counter((case.predicted["flag"], case.labelled["flag"]) for case in cases)
    return Counts(pairs[True, True], pairs[True, False], pairs[False, True])


def category_counts(cases: Iterable[Case], categories: Sequence[str]) -> Counts:
    """Those ``categories`` over all cases together."""
    right = wrong = missed = 0
    for case in cases:
        said = set(case.predicted["categories"]) & set(categories)
        there = set(case.labelled["categories"]) & set(categories)
        right += len(said & there)
        wrong += len(said - there)
        missed += len(there - said)
    return Counts(right, wrong, missed)


def at_prevalence(flags: Counts, innocent: int, share: float) -> float:
    """The precision to expect where ``share`` of the threads are harassment."""
    caught = flags.recall * share
    return _share(caught, caught + _share(flags.wrong, innocent) * (1 - share))


def evidence_counts(cases: Iterable[Case]) -> dict[str, float]:
    """Recall of the labelled pieces, and how many of the pieces shown in labelled threads match one."""
    labelled = found = shown = fitting = 0
    for case in cases:
        there = case.labelled.get("evidence") or []
        said = [piece for piece in case.predicted["evidence"] if piece["text"]] if there else []
        labelled += len(there)
        found += sum(any(matches(piece, label) for piece in said) for label in there)
        shown += len(said)
        fitting += sum(any(matches(piece, label) for label in there) for piece in said)
    return {"recall": round(_share(found, labelled), 4), "precision": round(_share(fitting, shown), 4)}


def matches(piece: Mapping[str, Any], label: Mapping[str, Any]) -> bool:
    """Whether both stand in the same mail and share, as one run, half of the shorter text."""
    if piece["mail"] != label["mail"]:
        return False
    one, other = piece["text"], label["text"]
    run = SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
    return run * 2 >= min(len(one), len(other)) > 0


def severity_figures(cases: Iterable[Case]) -> dict[str, float]:
    """Over labelled threads: exact, within one step, and critical ones that were said to be at least high."""
    pairs = [(_rank(case.predicted), _rank(case.labelled)) for case in cases if case.labelled["flag"]]
    critical = [said for said, there in pairs if there == Severity.CRITICAL.rank]
    return {
        "exact": round(_share(sum(said == there for said, there in pairs), len(pairs)), 4),
        "within_one": round(_share(sum(said >= 0 and abs(said - there) <= 1 for said, there in pairs), len(pairs)), 4),
        "critical_at_least_high": round(_share(sum(s >= Severity.HIGH.rank for s in critical), len(critical)), 4),
    }


def _rank(case: Mapping[str, Any]) -> int:
    return Severity(case["severity"]).rank if case["severity"] else -1


def _kinds(cases: Iterable[Case]) -> dict[str, dict[str, int]]:
    kinds: dict[str, Counter[str]] = {}
    for case in cases:
        counter = kinds.setdefault(str(case.labelled.get("kind", "")), Counter())
        counter.update(["cases", *(["flagged"] if case.predicted["flag"] else [])])
    return {kind: {"cases": kinds[kind]["cases"], "flagged": kinds[kind]["flagged"]} for kind in sorted(kinds)}


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
