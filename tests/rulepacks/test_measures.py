"""Figures of an evaluation, on cases small enough to count by hand."""

from __future__ import annotations

from typing import Any

import pytest

from worker.rulepacks.measures import Case, Counts, at_prevalence, language_of, matches, measure


def case(flag: bool, said: bool, **more: Any) -> Case:
    """A case labelled ``flag`` and predicted ``said``; ``there`` and ``named`` are its categories."""
    there, named = more.get("there", ["threat"] * flag), more.get("named", ["threat"] * said)
    labelled = {
        "flag": flag,
        "kind": more.get("kind", "harassment" if flag else "ordinary"),
        "categories": there,
        "severity": more.get("was", "critical" if flag else None),
        "evidence": more.get("labels", []),
    }
    predicted = {
        "flag": said,
        "categories": named,
        "severity": more.get("says", "high" if said else None),
        "evidence": more.get("pieces", []),
    }
    return Case(predicted, labelled, more.get("language", "ja"))


def test_flag_and_kinds() -> None:
    """Precision, recall, F1, false alarms, each kind and each language."""
    cases = [case(True, True), case(True, False, language="en"), case(False, True), case(False, False)]
    figures = measure(cases)
    assert figures["cases"] == 4
    assert figures["flag"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "right": 1, "wrong": 1, "missed": 1}
    assert figures["false_alarm_rate"] == 0.5
    assert figures["kinds"] == {"harassment": {"cases": 2, "flagged": 1}, "ordinary": {"cases": 2, "flagged": 1}}
    assert figures["languages"]["en"]["missed"] == 1
    assert set(figures["languages"]) == {"en", "ja"}


def test_categories() -> None:
    """Each category is counted over all cases; macro is over those that are labelled; ``other`` is left out."""
    cases = [
        case(True, True, there=["threat", "privacy", "other"], named=["threat", "sexual", "other"]),
        case(False, True, named=["threat"]),
    ]
    categories = measure(cases)["categories"]
    assert categories["micro"] == {"precision": 0.3333, "recall": 0.5, "f1": 0.4, "right": 1, "wrong": 2, "missed": 1}
    assert categories["each"]["threat"]["f1"] == 0.6667
    assert categories["macro_f1"] == 0.3333
    assert "other" not in categories["each"]


def test_evidence_matches_by_a_shared_run() -> None:
    """Pieces match on the same mail where one run is half of the shorter text."""
    piece = {"mail": 1, "text": "ただでは済まない"}
    assert matches(piece, {"mail": 1, "text": "このままではただでは済みませんよ"})
    assert not matches(piece, {"mail": 2, "text": "ただでは済まない"})
    assert not matches(piece, {"mail": 1, "text": "まったく別のこと"})
    assert not matches({"mail": 1, "text": ""}, piece)


def test_evidence_recall_and_precision() -> None:
    """Recall counts labelled pieces, precision the pieces shown in labelled threads; facts without words do not count."""
    labels = [{"mail": 0, "text": "殴るぞ"}, {"mail": 0, "text": "覚えておけ"}]
    pieces = [{"mail": 0, "text": "殴るぞ"}, {"mail": 0, "text": "こんにちは"}, {"mail": 0, "text": ""}]
    cases = [case(True, True, labels=labels, pieces=pieces), case(False, True, pieces=pieces)]
    assert measure(cases)["evidence"] == {"recall": 0.5, "precision": 0.5}


def test_severity() -> None:
    """Exact, within one step and the safety of critical ones; a missed thread is neither."""
    cases = [
        case(True, True, was="critical", says="high"),
        case(True, True, was="medium", says="medium"),
        case(True, False, was="critical"),
        case(True, True, was="low", says="high"),
    ]
    figures = measure(cases)["severity"]
    assert figures == {"exact": 0.25, "within_one": 0.5, "critical_at_least_high": 0.5}


def test_precision_at_a_real_inboxs_prevalence() -> None:
    """One false alarm in a hundred innocent threads spoils half of the alerts at one per cent of harassment."""
    flags = Counts(right=100, wrong=1, missed=0)
    assert at_prevalence(flags, 100, 0.01) == pytest.approx(0.5025, abs=1e-4)
    assert measure([])["flag"]["precision"] == 0


@pytest.mark.parametrize(
    ("texts", "language"),
    [(["こんにちは", "hello", "はい"], "ja"), (["您好，服务器"], "zh"), (["hello"], "en"), ([], "en")],
)
def test_the_language_of_a_thread(texts: list[str], language: str) -> None:
    """Kana is Japanese, Han without kana Chinese, else English; the most frequent wins."""
    assert language_of(texts) == language
