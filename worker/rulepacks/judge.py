"""The judge: a scene in, an assessment out; the same inputs and versions give the same assessment."""

from __future__ import annotations

from worker.detectors import DETECTORS
from worker.detectors.matching import Matcher
from worker.detectors.patterns import PatternError
from worker.detectors.reading import Reading, read
from worker.domain.errors import RuleError
from worker.domain.judgement import Finding
from worker.domain.rules import Status
from worker.domain.scene import Scene
from worker.rulepacks.loader import RulePack


def build_matcher(pack: RulePack) -> Matcher:
    """The pack's rules (but deprecated ones) and cues compiled; RuleError names the rule whose pattern is wrong."""
    rules = [rule for rule in pack.rules if rule.status is not Status.DEPRECATED]
    try:
        return Matcher(rules, pack.cues)
    except PatternError:
        raise RuleError("A pattern of the rules is wrong; 'mamori rules lint' names it.") from None


class Judge:
    """Rules, cues and weights, compiled once and used for many threads."""

    def __init__(self, pack: RulePack) -> None:
        self.pack = pack
        self._matcher = build_matcher(pack)

    def read(self, scene: Scene) -> Reading:
        """The thread as read for judgement."""
        return read(scene, self._matcher)

    def findings(self, reading: Reading) -> tuple[Finding, ...]:
        """What every detector of the list finds."""
        return tuple(finding for detector in DETECTORS for finding in detector.examine(reading))
