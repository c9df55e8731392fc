"""What a person concludes about a case, and what makes such a conclusion complete."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from worker.cases.models import Decision
from worker.domain.errors import Incomplete
from worker.domain.policy import Clause, ClauseKind, Policy

#: A ground shorter than this (characters) says nothing that somebody else could check later.
SHORTEST_GROUND = 10

Answer = Decision.Answer
Conclusion = Decision.Conclusion
Dismissal = Decision.Dismissal


@dataclass(frozen=True, slots=True)
class ClauseChoice:
    """A clause that a person says was touched; ``ground`` is needed where the policy does not name the conduct."""

    clause: str
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The three answers, the conclusion and its written ground.

    ``dismissal`` is "" unless the conclusion is ``none``. ``accommodation_checked``: the person asked whether this is a
    request for reasonable accommodation, or comes of a disability or of weak language.
    """

    demand_reasonable: Answer
    manner_acceptable: Answer
    environment_harmed: Answer
    conclusion: Conclusion
    ground: str
    accommodation_checked: bool = False
    dismissal: Dismissal | None = None
    clauses: tuple[ClauseChoice, ...] = ()

    @property
    def answers(self) -> tuple[Answer, Answer, Answer]:
        """The three answers in the order of the questions."""
        return self.demand_reasonable, self.manner_acceptable, self.environment_harmed


def check(verdict: Verdict, categories: Collection[str], policy: Policy) -> None:
    """Incomplete names every field of ``verdict`` that keeps it from being recorded.

    ``categories`` are those found in the case; ``policy`` is the company's own.
    """
    faults = dict(_faults(verdict, categories, policy))
    if faults:
        raise Incomplete(faults)


def chosen(verdict: Verdict, categories: Collection[str], policy: Policy) -> list[dict[str, object]]:
    """The clauses as a decision keeps them: id, whether residual here, and the person's ground."""
    return [
        {
            "id": choice.clause,
            "residual": is_residual(policy.clause(choice.clause), categories),
            "ground": choice.ground,
        }
        for choice in verdict.clauses
    ]


def is_residual(clause: Clause, categories: Collection[str]) -> bool:
    """Whether ``clause`` names none of the categories found, so that it only catches them with the rest."""
    return not any(category.value in categories for category in (*clause.named, *clause.also))


def _faults(verdict: Verdict, categories: Collection[str], policy: Policy) -> Iterator[tuple[str, str]]:
    if len(verdict.ground.strip()) < SHORTEST_GROUND:
        yield "ground", _("Write the ground in a sentence that somebody else can check (at least 10 characters).")
    if verdict.conclusion is Conclusion.NONE:
        yield from _dismissal_faults(verdict)
    else:
        yield from _finding_faults(verdict)
        yield from _clause_faults(verdict, categories, policy)


def _dismissal_faults(verdict: Verdict) -> Iterator[tuple[str, str]]:
    if verdict.dismissal is None:
        yield "dismissal", _("Say why this is no harassment.")
    if verdict.clauses:
        yield "clauses", _("Where nothing was found, no clause is touched; take the clauses out.")


def _finding_faults(verdict: Verdict) -> Iterator[tuple[str, str]]:
    if verdict.dismissal is not None:
        yield "dismissal", _("A reason to dismiss does not go with this conclusion; take it out.")
    if not verdict.accommodation_checked:
        yield "accommodation_checked", _("Confirm that this is no request for reasonable accommodation.")
    if verdict.demand_reasonable is Answer.YES and verdict.manner_acceptable is Answer.YES:
        yield "conclusion", _("A reasonable demand made in an acceptable manner is no harassment; correct an answer.")
    if verdict.conclusion is Conclusion.RECOGNISED:
        yield from _recognition_faults(verdict)


def _recognition_faults(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """All three elements are needed: 労働施策総合推進法 art. 33 (practice.md, part 3)."""
    if Answer.UNCLEAR in verdict.answers:
        yield "conclusion", _("Recognised needs all three questions answered with yes or no; until then it appears so.")
    elif verdict.environment_harmed is Answer.NO:
        yield "conclusion", _("Recognised needs harm to the working environment; without it, it appears so at most.")


def _clause_faults(verdict: Verdict, categories: Collection[str], policy: Policy) -> Iterator[tuple[str, str]]:
    conduct = {clause.id: clause for clause in policy.clauses if clause.kind is ClauseKind.CONDUCT}
    for choice in verdict.clauses:
        clause = conduct.get(choice.clause)
        if clause is None:
            yield "clauses", _("The policy has no conduct clause %(clause)s.") % {"clause": choice.clause}
        elif is_residual(clause, categories) and len(choice.ground.strip()) < SHORTEST_GROUND:
            yield (
                "clauses",
                _("Clause %(clause)s does not name this conduct; write why it fits.") % {"clause": clause.id},
            )
