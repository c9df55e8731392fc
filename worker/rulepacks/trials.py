"""Rules tried on their own examples: what must fire fires, what must be silent is silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worker.domain.judgement import Finding
from worker.domain.mail import Direction
from worker.domain.rules import Example, Rule, Status, Way
from worker.rulepacks.judge import Judge
from worker.rulepacks.loader import RulePack
from worker.rulepacks.sample import sample_scene

FIRES_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that did not do as it must; ``damped`` names what lowered the rule's finding, if it fired at all."""

    rule: str
    example: Example
    damped: tuple[str, ...]

    def __str__(self) -> str:
        line = " ".join(self.example.text.split())
        if not self.example.fires:
            return f"{self.rule}: fires and must be silent: {line}"
        return f"{self.rule}: must fire: {line}" + (f" (damped by {', '.join(self.damped)})" if self.damped else "")


def try_examples(pack: RulePack, judge: Judge, prefix: str = "") -> Iterator[Failure]:
    """The examples that fail, of rules whose id starts with ``prefix``. A finding damped below half is silence.

    The learned part is left out: it was fitted on these very lines.
    """
    alone = judge.without_model()
    for rule in pack.rules:
        if rule.id.startswith(prefix) and rule.status is not Status.DEPRECATED:
            for example in pack.examples.get(rule.id, ()):
                findings = _findings(rule, example, alone)
                if example.fires is not any(finding.strength >= FIRES_FROM for finding in findings):
                    yield Failure(rule.id, example, tuple(sorted({name for f in findings for name in f.damped})))


def _findings(rule: Rule, example: Example, judge: Judge) -> list[Finding]:
    direction = Direction.OUT if rule.direction is Way.OUT else Direction.IN
    reading = judge.read(sample_scene(example.text, example.before, direction))
    tried = reading.mails[-1].message.key
    return [found for found in judge.findings(reading) if (found.rule, found.message) == (rule.id, tried)]
