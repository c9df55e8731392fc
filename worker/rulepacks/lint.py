"""What is wrong with rules before they run: each fault is one sentence with file and key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from worker.detectors.patterns import PatternError, compiled, fold_pattern
from worker.domain.rules import Cue, Role, Rule, Status
from worker.rulepacks.loader import EXAMPLES, RulePack

ENOUGH_EXAMPLES = 5
WIDEST_GAP = 30
_CJK = "[\u3040-\u30ff\u3400-\u9fff]"
_GAP = re.compile(r"(?:\.|\[\^[^\]]*\])(?:(?P<endless>[*+])|\{(?:\d+)?,(?P<most>\d*)\})")
_ASCII_ONLY = re.compile(rf"\\[bBwW](?={_CJK})|(?<={_CJK})\\[bBwW]|\\[bBwW].{{0,3}}{_CJK}")
_DOUBLE = re.compile(r"(?<![\\\[])([!?ーw笑草])\{[2-9]")


def lint(pack: RulePack, folders: Sequence[Path] = ()) -> list[str]:
    """All faults of the pack's rules and cues, and of files that belong to none; [] where there is nothing to mend."""
    faults = [f"{pack.files.get(rule.id, rule.id)}: {fault}" for rule in pack.rules for fault in _rule(pack, rule)]
    faults += [f"context cue {cue.id}: {fault}" for cue in pack.cues for fault in _patterns(cue)]
    faults += _doubles(pack.rules)
    faults += [f"weights.yaml: rules.{key}: there is no such rule." for key in _unknown(pack)]
    return faults + [fault for folder in folders for fault in _strays(folder)]


def _rule(pack: RulePack, rule: Rule) -> Iterator[str]:
    yield from _patterns(rule)
    examples = pack.examples.get(rule.id, ())
    if not examples:
        yield f"has no examples; add {rule.id.partition('.')[2]}{EXAMPLES} beside it."
    elif rule.status is Status.STABLE:
        for kind, fires in (("fires", True), ("silent", False)):
            count = sum(example.fires is fires for example in examples)
            if count < ENOUGH_EXAMPLES:
                yield f"{kind}: {count} examples; a stable rule needs {ENOUGH_EXAMPLES}."
    if rule.role is Role.COMPANION and rule.strength in ("strong", "decisive"):
        yield f"strength: a companion only adds; {rule.strength.value!r} is too much for it, use weak or fair."


def _patterns(entry: Rule | Cue) -> Iterator[str]:
    for key, patterns in (("patterns", entry.patterns), ("needs", entry.needs), ("unless", entry.unless)):
        for number, pattern in enumerate(patterns):
            for fault in pattern_faults(pattern):
                yield f"{key}.{number}: {fault}"


def pattern_faults(pattern: str) -> Iterable[str]:
    """What is wrong with one pattern as written."""
    try:
        regex = compiled(pattern)
    except PatternError as error:
        return [f"{pattern!r} cannot be used: {error}."]
    return [fault for fault in (_empty(regex, pattern), *_shape(pattern)) if fault]


def _empty(regex: object, pattern: str) -> str:
    matches_nothing = regex.search("") is not None  # type: ignore[attr-defined]
    return f"{pattern!r} matches the empty text; make some part of it required." if matches_nothing else ""


def _shape(pattern: str) -> Iterator[str]:
    for gap in _GAP.finditer(pattern):
        if gap["endless"] or not gap["most"] or int(gap["most"]) > WIDEST_GAP:
            yield f"{gap.group()!r} is a wide gap; bound it to {WIDEST_GAP} signs or fewer."
    if _ASCII_ONLY.search(pattern):
        yield f"{pattern!r} has \\b or \\w beside Japanese, where RE2 knows ASCII only; leave it out or name the signs."
    if _DOUBLE.search(fold_pattern(pattern)):
        yield f"{pattern!r} asks for a run of a sign; folding leaves one of it, ask for one."


def _doubles(rules: Iterable[Rule]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for rule in rules:
        for pattern in rule.patterns:
            first = seen.setdefault(pattern, rule.id)
            if first != rule.id:
                yield f"{rule.id}: the pattern {pattern!r} stands in {first} too; keep it in one of them."


def _unknown(pack: RulePack) -> list[str]:
    known = {rule.id for rule in pack.rules}
    return sorted(key for key in pack.weights.rules if key not in known)


def _strays(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob(f"packs/*/*{EXAMPLES}")):
        if not file.with_name(file.name.removesuffix(EXAMPLES) + ".yaml").is_file():
            yield f"{file}: there is no rule beside these examples; name the file after its rule or delete it."
