"""What the learned part shows of a thread: the sentences that look like harassment, each with its words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from worker.detectors.model import Model, logistic
from worker.detectors.reading import Reading, Suspect
from worker.domain.judgement import Category, Finding

ID = "learned"
SENTENCE = "learned.sentence"
REASON = "嫌がらせとして書かれた文に似た言い回しです。"


def learned_findings(reading: Reading, named: Collection[Category], shown_from: float) -> Iterable[Finding]:
    """A finding for each sentence whose log-odds are ``shown_from`` or more, and for the worst one in any case.

    Each bears the category of ``named`` that it looks like most; a rule that holds in it and is named goes before.
    """
    model = reading.model
    if model is None or not named:
        return
    for number, suspect in enumerate(reading.suspects):
        if number and suspect.odds < shown_from:
            break
        category = _category(model, suspect, named)
        yield suspect.mail.finding(SENTENCE, category, logistic(suspect.odds), REASON, suspect.sentence)


def _category(model: Model, suspect: Suspect, named: Collection[Category]) -> Category:
    ruled = next((category for category in _by_rules(suspect) if category in named), None)
    shares = suspect.shares(model)
    return ruled or max(sorted(named), key=lambda name: shares.get(name, 0.0))


def _by_rules(suspect: Suspect) -> Iterator[Category]:
    hits = suspect.mail.own.matches.hits
    return (hit.rule.category for hit in hits if hit.sentence == suspect.sentence)
