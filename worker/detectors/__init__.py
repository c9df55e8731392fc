"""The questions asked of a thread: one file each, one explicit list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from worker.detectors.phrases import Phrases
from worker.detectors.reading import Reading
from worker.domain.judgement import Category, Finding


class Detector(Protocol):
    """One question. ``categories`` are those it may find, for ``rules coverage``."""

    id: str
    categories: tuple[Category, ...]

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """The findings in a thread as read; none where the question does not arise."""


DETECTORS: tuple[Detector, ...] = (Phrases(),)
