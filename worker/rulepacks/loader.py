"""Folders of YAML → rules, context cues, examples and weights; every fault names its file and key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, ValidationError

from worker.detectors.model import Linear, Model
from worker.domain.errors import RuleError
from worker.domain.judgement import Category, Severity
from worker.domain.policy import Target
from worker.domain.rules import Cue, CueKind, Example, Role, Rule, Status, Strength, Way, Window
from worker.rulepacks.files import FileModel, read_yaml
from worker.rulepacks.weights import Weights, read_weights

EXAMPLES = ".examples.yaml"
MODEL = "model.json"


class RuleFile(FileModel):
    """``rules/packs/<group>/<rule>.yaml`` as written."""

    id: str
    category: Category
    target: Target = Target.ANY
    status: Status
    strength: Strength
    direction: Way = Way.IN
    role: Role = Role.SIGNAL
    why: str = Field(min_length=1)
    why_en: str = Field(min_length=1)
    false_positives: tuple[str, ...] = ()
    patterns: tuple[str, ...] = Field(min_length=1)
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    window: Window = Window.SENTENCE


class CueFile(FileModel):
    """One entry of ``rules/context/*.yaml`` as written."""

    id: str
    kind: CueKind
    why: str
    factor: float = Field(default=1.0, ge=0, le=1)
    patterns: tuple[str, ...] = Field(min_length=1)
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    window: Window = Window.SENTENCE
    only: tuple[Category, ...] = ()


class ContextFile(FileModel):
    """``rules/context/*.yaml`` as written."""

    cues: tuple[CueFile, ...]


class ModelFile(FileModel):
    """``rules/model.json`` as ``mamori learn`` writes it."""

    flag: dict[str, float]
    categories: dict[Category, dict[str, float]]
    grave: dict[str, float]
    thread: dict[str, float]
    naming: dict[str, float]
    severity: dict[Severity, dict[str, float]]


class ExampleItem(FileModel):
    """An example with what our desk wrote before it."""

    text: str
    before: str = ""


class ExamplesFile(FileModel):
    """``<rule>.examples.yaml`` as written; an item is a text or a mapping with ``text`` and ``before``."""

    fires: tuple[str | ExampleItem, ...] = ()
    silent: tuple[str | ExampleItem, ...] = ()


@dataclass(frozen=True)
class RulePack:
    """All rules and cues of the folders given, later folders replacing entries of the same id; how they weigh,
    and the learned part of the last folder that has one.

    ``digest`` (SHA-256, hex) changes with any of the files; ``files`` says where each rule stands.
    """

    rules: tuple[Rule, ...]
    cues: tuple[Cue, ...]
    weights: Weights
    digest: str
    model: Model | None = None
    examples: Mapping[str, tuple[Example, ...]] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; RuleError says how to list them where there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise RuleError(f"There is no rule {rule_id!r}; 'mamori rules list' shows those there are.")


def load_packs(folders: Sequence[Path], learned: bool = True) -> RulePack:
    """Read ``packs/``, ``context/`` and ``weights.yaml`` of each folder; RuleError names the file and the key.

    Without ``learned`` the learned part is left where it lies, be it broken or of another shape.
    """
    rules: dict[str, Rule] = {}
    files: dict[str, Path] = {}
    examples: dict[str, tuple[Example, ...]] = {}
    cues: dict[str, Cue] = {}
    for file in _each(folders, "packs/*/*.yaml"):
        if file.name.endswith(EXAMPLES):
            continue
        rule = read_rule(file)
        rules[rule.id], files[rule.id], examples[rule.id] = rule, file, read_examples(file)
    for file in _each(folders, "context/*.yaml"):
        cues.update((cue.id, cue) for cue in read_cues(file))
    weights = read_weights([file for folder in folders if (file := folder / "weights.yaml").is_file()])
    ordered = tuple(weights.overlaid(rules[key]) for key in sorted(rules))
    models = [file for folder in folders if learned and (file := folder / MODEL).is_file()]
    model = read_model(models[-1]) if models else None
    ordered_cues = tuple(cues[key] for key in sorted(cues))
    return RulePack(ordered, ordered_cues, weights, _digest(folders), model, examples, files)


def _each(folders: Sequence[Path], pattern: str) -> Iterable[Path]:
    for folder in folders:
        yield from sorted(folder.glob(pattern))


def _digest(folders: Sequence[Path]) -> str:
    sha = hashlib.sha256()
    for folder in folders:
        for file in sorted(
            (*folder.glob("packs/*/*.yaml"), *folder.glob("context/*.yaml"), folder / "weights.yaml", folder / MODEL)
        ):
            if file.is_file() and not file.name.endswith(EXAMPLES):
                sha.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return sha.hexdigest()


def read_rule(file: Path) -> Rule:
    """The rule in ``file``; RuleError where a key is unknown, missing or wrong, or the id is not folder.file."""
    written = read_yaml(file, RuleFile)
    expected = f"{file.parent.name}.{file.stem}"
    if written.id != expected:
        raise RuleError(f"{file}: id: is {written.id!r}; it must be {expected!r}, folder and file name.")
    if written.category is Category.OTHER:
        raise RuleError(f"{file}: category: 'other' is for people to pick; name the category that the rule finds.")
    return Rule(**dict(written))


def read_examples(rule_file: Path) -> tuple[Example, ...]:
    """The examples beside ``rule_file``, () where there is no such file."""
    file = rule_file.with_name(rule_file.stem + EXAMPLES)
    if not file.is_file():
        return ()
    written = read_yaml(file, ExamplesFile)
    return tuple(
        Example(item, fires) if isinstance(item, str) else Example(item.text, fires, item.before)
        for fires, items in ((True, written.fires), (False, written.silent))
        for item in items
    )


def read_model(file: Path) -> Model:
    """The learned part in ``file``; RuleError says how to make it anew where it is none."""
    try:
        written = ModelFile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise RuleError(f"{file} holds no learned part; 'mamori learn' writes it anew.") from error
    severity = {level: Linear(weights) for level, weights in written.severity.items()}
    return Model(
        written.flag, written.categories, written.grave, Linear(written.thread), Linear(written.naming), severity
    )


def read_cues(file: Path) -> tuple[Cue, ...]:
    """The cues in ``file``."""
    return tuple(Cue(**dict(cue)) for cue in read_yaml(file, ContextFile).cues)
