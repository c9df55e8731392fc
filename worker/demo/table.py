"""The flagged threads as a table for the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from worker.cases.queries import QueueFilter, case_view, queue
from worker.cases.view import CaseView, ShownEvidence
from worker.wiring_state import today

SIGNS = {"critical": "● critical", "high": "▲ high", "medium": "■ medium", "low": "○ low"}
LONGEST = 60
MOST_WORDS = 3


def flagged_threads() -> Table:
    """Every open case, most urgent first: severity, counterpart, categories, the words, the clauses."""
    table = Table(title="要確認 / Flagged", title_justify="left", show_lines=True)
    for name in ("Severity", "Counterpart", "Categories", "Words", "Clause"):
        table.add_column(name, overflow="fold")
    for own_staff in (False, True):
        for row in queue(QueueFilter(own_staff=own_staff), today(), limit=200):
            view = case_view(row.id)
            table.add_row(*_cells(SIGNS[row.severity], view, row.own_staff))
    return table


def _cells(severity: str, view: CaseView, own_staff: bool) -> tuple[Text, ...]:
    evidence = _strongest(view)
    words = "\n".join(list(dict.fromkeys(_words(each) for each in evidence))[:MOST_WORDS])
    clauses = dict.fromkeys(_clause(each) for each in evidence if each.clause)
    who = f"{view.counterpart.address}{' (our own mail)' if own_staff else ''}"
    cells = (severity, who, "\n".join(view.categories), words, "\n".join(clauses))
    return tuple(Text(cell) for cell in cells)


def _strongest(view: CaseView) -> list[ShownEvidence]:
    """The findings of the case: words before bare facts, the strongest first, one for each category before a second."""
    every = sorted(view.evidence, key=lambda one: (not one.text, -one.strength))
    first: dict[str, ShownEvidence] = {}
    for each in every:
        first.setdefault(each.category, each)
    return [*first.values(), *(each for each in every if each not in first.values())]


def _words(evidence: ShownEvidence) -> str:
    """One line: the exact words, cut where they are long, or the fact where it is a time or a count."""
    said = " ".join((evidence.text or evidence.fact).split())
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _clause(evidence: ShownEvidence) -> str:
    return f"{evidence.clause} (residual)" if evidence.residual else str(evidence.clause)
