"""Everything that writes to cases, in one place to import from."""

from __future__ import annotations

from worker.cases.alerting import claim_critical
from worker.cases.assessing import CalendarFor, Judging, assess, assess_all
from worker.cases.handling import assign, close, comment, decide, note_still_to_answer
from worker.cases.incidents import Told, add_incident
from worker.cases.opinions import notice_opinions, settle_opinion
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
    "claim_critical",
    "close",
    "comment",
    "decide",
    "note_still_to_answer",
    "notice_opinions",
    "settle_opinion",
]
