"""Whose conduct a finding is about: the person outside, or our own people."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.judgement import Assessment, Evidence
from worker.domain.mail import Direction, Thread


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an assessment. ``categories`` are those of it that were found in this side's own mails.

    ``newest`` is the id of the newest message with a finding, 0 where there is none.
    """

    own_staff: bool
    categories: tuple[str, ...]
    newest: int

    @property
    def flagged(self) -> bool:
        """Whether there is something for a person to look at on this side."""
        return bool(self.categories)


def sides_of(assessment: Assessment, thread: Thread) -> tuple[Side, Side]:
    """The counterpart's side and our own. Findings in mails that the thread does not hold are the counterpart's."""
    ours = {message.key for message in thread.messages if message.direction is Direction.OUT}
    return _side(assessment, ours, own_staff=False), _side(assessment, ours, own_staff=True)


def _side(assessment: Assessment, ours: set[str], own_staff: bool) -> Side:
    evidence = [item for item in assessment.evidence if (item.finding.message in ours) is own_staff]
    found = {item.finding.category for item in evidence}
    categories = tuple(category.value for category in assessment.categories if category in found)
    return Side(own_staff, categories if assessment.flag else (), max(map(_message_id, evidence), default=0))


def _message_id(item: Evidence) -> int:
    return int(item.finding.message)
