"""Rules as data: what one entry of a pack says, before anything is compiled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worker.domain.judgement import Category
from worker.domain.policy import Target


class Status(StrEnum):
    """How far a rule is trusted; only ``stable`` counts in weighing, ``shadow`` is shown, ``deprecated`` is not run."""

    EXPERIMENTAL = "experimental"
    SHADOW = "shadow"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class Strength(StrEnum):
    """What one hit says, in words; the numbers are in ``rules/weights.yaml``."""

    WEAK = "weak"
    FAIR = "fair"
    STRONG = "strong"
    DECISIVE = "decisive"


class Role(StrEnum):
    """``signal`` can flag; ``companion`` only adds to a signal and never flags alone."""

    SIGNAL = "signal"
    COMPANION = "companion"


class Way(StrEnum):
    """Which mails a rule is asked of: incoming, outgoing (our own people), or both."""

    IN = "in"
    OUT = "out"
    ANY = "any"


class Window(StrEnum):
    """Where ``needs`` and ``unless`` look: the sentence of the hit, or the sender's whole own words."""

    SENTENCE = "sentence"
    MAIL = "mail"


class CueKind(StrEnum):
    """``damper`` lowers findings of its sentence; ``mark`` is a fact that detectors ask for."""

    DAMPER = "damper"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack. ``patterns`` (OR-ed), ``needs`` and ``unless`` are RE2 as written, not yet folded."""

    id: str
    category: Category
    patterns: tuple[str, ...]
    why: str
    why_en: str
    target: Target = Target.ANY
    status: Status = Status.EXPERIMENTAL
    strength: Strength = Strength.FAIR
    direction: Way = Way.IN
    role: Role = Role.SIGNAL
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    window: Window = Window.SENTENCE
    false_positives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """One context cue, where one of ``patterns`` matches and each of ``needs`` stands somewhere in the mail: a damper multiplies findings of its window by ``factor``; where
    ``only`` names categories, no others.

    A mark has no factor: detectors ask where it stands (a failure that the desk admitted, an emergency …).
    """

    id: str
    kind: CueKind
    patterns: tuple[str, ...]
    why: str
    factor: float = 1.0
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    window: Window = Window.SENTENCE
    only: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A line that a rule must (``fires``) or must not fire on; ``before`` is what our desk wrote before it."""

    text: str
    fires: bool
    before: str = ""
