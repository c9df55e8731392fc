"""A company's own policy: clauses, ladder and contacts, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worker.domain.judgement import Category


class ClauseKind(StrEnum):
    """What a clause commits to."""

    CONDUCT = "conduct"
    MEASURE = "measure"
    CONTACT = "contact"
    DUTY = "duty"


class Target(StrEnum):
    """Whom a conduct is directed at; ``any`` where clause or rule does not say."""

    PERSON = "person"
    COMPANY = "company"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. ``named`` are the categories it names, ``residual`` those it only catches with the rest.

    ``served_by`` holds references as printed by ``rules coverage`` ("page:incident", "notice:upshare/notice", …)
    beyond the rules and detectors that follow from its categories; ``to_come`` says what is not built yet, or "".
    """

    id: str
    kind: ClauseKind
    title: str
    title_en: str
    text: str
    text_en: str
    named: tuple[Category, ...] = ()
    residual: tuple[Category, ...] = ()
    target: Target = Target.ANY
    served_by: tuple[str, ...] = ()
    to_come: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: the clause it rests on, the role that decides it and the notices it may send."""

    id: str
    title: str
    title_en: str
    clause: str
    decided_by: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact printed in the policy; ``hours`` belong to this contact alone and never feed ``off_hours``."""

    purpose: str
    name: str
    address: str = ""
    telephone: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy. ``version`` is the date of its last revision as printed."""

    id: str
    company: str
    title: str
    version: str
    clauses: tuple[Clause, ...]
    rungs: tuple[Rung, ...]
    contacts: tuple[Contact, ...]

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id; KeyError where there is none."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)

    def clause_for(self, category: Category, target: Target = Target.ANY) -> tuple[Clause | None, bool]:
        """The clause that ``category`` touches and whether only a residual one does; ``(None, False)`` where none.

        A clause of the same target wins over one for anyone, a naming clause over a residual one.
        """
        for residual in (False, True):
            fitting = [c for c in self.clauses if category in (c.residual if residual else c.named)]
            fitting = [c for c in fitting if Target.ANY in (target, c.target) or c.target is target]
            if fitting:
                return max(fitting, key=lambda c: c.target is target and target is not Target.ANY), residual
        return None, False
