"""The questions asked of a thread: one file each, one explicit list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from worker.detectors.escalation import Escalation
from worker.detectors.hours import Hours
from worker.detectors.leverage import Leverage
from worker.detectors.own_staff import OwnStaff
from worker.detectors.phrases import Phrases
from worker.detectors.reading import Reading
from worker.detectors.repetition import Repetition
from worker.detectors.volume import Volume
from worker.domain.judgement import Category, Finding


class Detector(Protocol):
    """One question. ``categories`` are those it may find beyond the rules', for ``rules coverage``."""

    @property
    def id(self) -> str:
        """Its name, with which its findings' rules start unless they are a pack's."""

    @property
    def categories(self) -> tuple[Category, ...]:
        """What it may find."""

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """The findings in a thread as read; none where the question does not arise."""


DETECTORS: tuple[Detector, ...] = (
    Phrases(),
    Repetition(),
    Hours(),
    Volume(),
    Escalation(),
    Leverage(),
    OwnStaff(),
)
