"""Everything that writes to cases, in one place to import from."""

from __future__ import annotations

from worker.cases.assessing import CalendarFor, Judging, assess, assess_all
from worker.cases.handling import assign, close, comment, decide, note_still_to_answer
from worker.cases.incidents import Told, add_incident
from worker.cases.verdict import Answer, ClauseChoice, Conclusion, Dismissal, Verdict

__all__ = [
    "Answer",
    "CalendarFor",
    "ClauseChoice",
    "Conclusion",
    "Dismissal",
    "Judging",
    "Told",
    "Verdict",
    "add_incident",
    "assess",
    "assess_all",
    "assign",
    "close",
    "comment",
    "decide",
    "note_still_to_answer",
]
