"""The judge: a scene in, an assessment out; the same inputs and versions give the same assessment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from worker import __version__
from worker.detectors import DETECTORS
from worker.detectors.matching import Matcher
from worker.detectors.model import Model
from worker.detectors.own_staff import OwnStaff
from worker.detectors.patterns import PatternError
from worker.detectors.reading import Reading, read
from worker.detectors.repetition import ledger
from worker.domain.errors import RuleError
from worker.domain.judgement import Assessment, Evidence, Finding
from worker.domain.mail import Message, ParsedMail, Region
from worker.domain.policy import Policy
from worker.domain.rules import Status
from worker.domain.scene import Scene
from worker.parsing import mark_unverified
from worker.parsing.automatic import looks_human, rests_on_headers
from worker.rulepacks.loader import RulePack
from worker.rulepacks.verdict import learned_verdict
from worker.rulepacks.weigh import Scales, Verdict, Weighed

OWN_STAFF = "own_staff.words"
"""What a clause on our own people's conduct claims, whichever rule on words saw it."""


class Judge:
    """Rules, cues, weights and a policy, compiled once and used for many threads."""

    def __init__(self, pack: RulePack, policy: Policy | None = None) -> None:
        """Compile ``pack``; RuleError where a pattern is wrong. Without a ``policy`` no clause is named."""
        self.pack = pack
        self.policy = policy
        self._matcher = _matcher(pack)
        self._scales = Scales(pack.weights, pack.rules)

    def under(self, policy: Policy) -> Judge:
        """The same judge under another policy, nothing compiled again."""
        return self._changed(policy=policy)

    def without_model(self) -> Judge:
        """The same judge without the learned part."""
        return self.with_model(None)

    def with_model(self, model: Model | None) -> Judge:
        """The same judge with another learned part."""
        return self._changed(pack=replace(self.pack, model=model))

    def _changed(self, **changes: object) -> Judge:
        other = object.__new__(Judge)
        other.__dict__.update(self.__dict__, **changes)
        return other

    def assess(self, scene: Scene) -> Assessment:
        """The thread's findings weighed, with clause and ledger."""
        reading = self.read(scene)
        verdict = self.verdict(reading)
        return Assessment(
            flag=verdict.flag,
            score=verdict.score,
            severity=verdict.severity,
            categories=verdict.categories,
            evidence=tuple(self._evidence(weighed) for weighed in verdict.shown),
            ledger=ledger(reading),
            weighing=verdict.lines,
            depends_on=self.depends_on(scene),
        )

    def read(self, scene: Scene) -> Reading:
        """The thread as read for judgement."""
        return read(_with_quotes_checked(scene), self._matcher, is_human, self.pack.model)

    def findings(self, reading: Reading) -> tuple[Finding, ...]:
        """What every detector of the list finds."""
        return tuple(finding for detector in DETECTORS for finding in detector.examine(reading))

    def ruled(self, reading: Reading) -> Verdict:
        """What rules and detectors alone come to."""
        return self._scales.weigh(self.findings(reading))

    def verdict(self, reading: Reading) -> Verdict:
        """What rules, detectors and the learned part come to together."""
        return learned_verdict(reading, self.ruled(reading), self._scales)

    def depends_on(self, scene: Scene) -> dict[str, str]:
        """Everything that an assessment of the scene rests on: versions, digests, and how far the history reached."""
        last = scene.history[-1] if scene.history else None
        return {
            "code": __version__,
            "packs": self.pack.digest,
            "policy": f"{self.policy.id} {self.policy.version}" if self.policy else "",
            "calendar": _digest(repr(scene.calendar)),
            "scope": _digest(scene.scope),
            "mails": _digest("\n".join(message.key for message in scene.thread.messages)),
            "history": f"{len(scene.history)} until {last.at.isoformat()}" if last else "0",
        }

    def _evidence(self, weighed: Weighed) -> Evidence:
        if self.policy is None:
            return Evidence(weighed.finding, None, False)
        finding = weighed.finding
        rule = OWN_STAFF if finding.detector == OwnStaff.id else finding.rule
        clause, residual = self.policy.clause_for(finding.category, weighed.target, rule)
        return Evidence(finding, clause.id if clause else None, residual)


def is_human(parsed: ParsedMail) -> bool:
    """Whether a person wrote the mail: not automatic, or so only by its headers while somebody speaks in it."""
    return not parsed.automatic or (rests_on_headers(parsed.automatic) and looks_human(parsed))


def _with_quotes_checked(scene: Scene) -> Scene:
    """The scene with what is quoted but stands in no known mail marked as unverified."""
    known = (*scene.history, *scene.thread.messages)
    checked = tuple(_checked(message, known) for message in scene.thread.messages)
    return replace(scene, thread=replace(scene.thread, messages=checked))


def _checked(message: Message, known: Sequence[Message]) -> Message:
    if all(block.region is not Region.QUOTE for block in message.parsed.blocks):
        return message
    others = (other.parsed.text for other in known if other.key != message.key)
    return replace(message, parsed=mark_unverified(message.parsed, others))


def _matcher(pack: RulePack) -> Matcher:
    """The pack's rules (but deprecated ones) and cues compiled."""
    rules = [rule for rule in pack.rules if rule.status is not Status.DEPRECATED]
    try:
        return Matcher(rules, pack.cues)
    except PatternError as error:
        raise RuleError(f"A pattern of the rules is wrong ({error}); 'mamori rules lint' names the file.") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
