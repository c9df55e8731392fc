"""Threads and judges for tests of judgement, small and made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import yaml

from worker.detectors.matching import Matcher
from worker.detectors.reading import Reading, read
from worker.domain.hours import Calendar
from worker.domain.judgement import Category
from worker.domain.mail import Address, Direction, Message, Thread
from worker.domain.rules import Cue, CueKind, Rule, Status, Strength
from worker.domain.scene import Scene
from worker.resources import shipped
from worker.rulepacks import Judge, RulePack, load_packs, load_policy
from worker.rulepacks.sample import CALENDAR, sample_message

WEDNESDAY_MORNING = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
CUSTOMER = Address("", "customer@client.example")

Line = tuple[str, float, str] | list[Any]
"""Direction, hours after the first mail, text."""


def messages(lines: Iterable[Line], hours_after: float = 0, prefix: str = "") -> tuple[Message, ...]:
    """The mails of ``lines``, keyed by their number, starting ``hours_after`` Wednesday 10:00 in Tokyo."""
    start = WEDNESDAY_MORNING + timedelta(hours=hours_after)
    return tuple(
        sample_message(text, Direction(direction), f"{prefix}{number}", start + timedelta(hours=hours))
        for number, (direction, hours, text) in enumerate(lines)
    )


def scene(
    lines: Iterable[Line], hours_after: float = 0, calendar: Calendar = CALENDAR, history: Sequence[Message] = ()
) -> Scene:
    """A thread of those lines."""
    return Scene(Thread("t", CUSTOMER, messages(lines, hours_after)), calendar, tuple(history))


@cache
def shipped_pack() -> RulePack:
    """The rules as shipped."""
    return load_packs([shipped("rules")])


@cache
def shipped_judge() -> Judge:
    """The judge as shipped, under UpShare's policy."""
    return Judge(shipped_pack(), load_policy("upshare"))


@cache
def _cues_only() -> Matcher:
    return Matcher((), shipped_pack().cues)


def reading(
    lines: Iterable[Line],
    hours_after: float = 0,
    calendar: Calendar = CALENDAR,
    history: Sequence[Message] = (),
    rules: Sequence[Rule] = (),
) -> Reading:
    """Those lines read with the shipped context cues and the ``rules`` given."""
    matcher = Matcher(rules, shipped_pack().cues) if rules else _cues_only()
    return read(scene(lines, hours_after, calendar, history), matcher, lambda parsed: not parsed.automatic)


def rule(pattern: str = "ばか", rule_id: str = "abusive_language.test", **changes: Any) -> Rule:
    """A stable strong rule of abusive language, changed as said."""
    values = {"status": Status.STABLE, "strength": Strength.STRONG, "why": "理由", "why_en": "reason"} | changes
    category = values.pop("category", None) or Category(rule_id.partition(".")[0])
    return Rule(rule_id, category, (pattern,), **values)


def cue(pattern: str, cue_id: str = "test", kind: CueKind = CueKind.DAMPER, **changes: Any) -> Cue:
    """A cue that damps to a quarter, changed as said."""
    return Cue(cue_id, kind, (pattern,), "理由", **({"factor": 0.25} | changes))


def threads(name: str) -> list[dict[str, Any]]:
    """The hand-made threads of ``tests/rulebook/<name>.yaml``."""
    file = shipped("rules").parent / "tests" / "rulebook" / f"{name}.yaml"
    return list(yaml.safe_load(file.read_text(encoding="utf-8")))
