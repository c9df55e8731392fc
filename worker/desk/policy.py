"""The policy at hand as pages need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker.domain.policy import Clause, ClauseKind, Policy


@dataclass(frozen=True, slots=True)
class Line:
    """A clause and the references that serve it."""

    clause: Clause
    served_by: tuple[str, ...]


def clauses_by_kind(policy: Policy, served: Mapping[str, tuple[str, ...]]) -> list[tuple[str, list[Line]]]:
    """The clauses under their kinds, conduct first; ``served`` maps clause ids to references."""
    lines = [Line(clause, served.get(clause.id, clause.served_by)) for clause in policy.clauses]
    return [(kind.value, [line for line in lines if line.clause.kind is kind]) for kind in ClauseKind]


def conducts(policy: Policy) -> tuple[Clause, ...]:
    """The clauses that a decision can rest on."""
    return tuple(clause for clause in policy.clauses if clause.kind is ClauseKind.CONDUCT)
