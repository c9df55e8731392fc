"""A company's own policy: clauses, ladder and contacts, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

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

    ``also`` are categories that it names as well but that another clause says more exactly, so that a finding is shown
    with that other one. ``rules`` are patterns of rule ids ("own_staff.*") whose findings belong to this clause
    whatever their category says. ``served_by`` holds references as printed by ``rules coverage`` ("form:incident",
    "notice:upshare/notice", …) beyond the rules and detectors that follow from its categories; ``to_come`` says what
    is not built yet, or "".
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
    to_come_en: str = ""
    also: tuple[Category, ...] = ()
    rules: tuple[str, ...] = ()
    title_zh: str = ""
    text_zh: str = ""

    def title_in(self, language: str) -> str:
        """The heading in ``language`` (ja, en, zh) for a letter; in Japanese where it is not written in that one."""
        return {"en": self.title_en, "zh": self.title_zh}.get(language) or self.title

    def text_in(self, language: str) -> str:
        """What the clause says in ``language``; in Japanese where it is not written in that one."""
        return {"en": self.text_en, "zh": self.text_zh}.get(language) or self.text

    def claims(self, rule: str) -> bool:
        """Whether findings of the rule with this id belong to the clause whatever their category says."""
        return any(fnmatchcase(rule, pattern) for pattern in self.rules)

    def is_for(self, target: Target) -> bool:
        """Whether conduct toward ``target`` can fall under the clause; ``any`` fits everything."""
        return Target.ANY in (target, self.target) or self.target is target


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
    """A contact printed in the policy; ``hours`` belong to this contact alone and never feed ``off_hours``.

    ``clauses`` are the ids of the contact clauses that it answers.
    """

    purpose: str
    name: str
    address: str = ""
    telephone: str = ""
    hours: str = ""
    purpose_en: str = ""
    name_en: str = ""
    hours_en: str = ""
    clauses: tuple[str, ...] = ()


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
    company_en: str = ""
    title_en: str = ""
    title_zh: str = ""

    def title_in(self, language: str) -> str:
        """The policy's title in ``language`` (ja, en, zh); in Japanese where it is not written in that one."""
        return {"en": self.title_en, "zh": self.title_zh}.get(language) or self.title

    def company_in(self, language: str) -> str:
        """The company's name in English letters, else as it writes itself."""
        return self.company_en if language == "en" and self.company_en else self.company

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id; KeyError where there is none."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)

    def clause_for(self, category: Category, target: Target = Target.ANY, rule: str = "") -> tuple[Clause | None, bool]:
        """The clause that ``category`` touches and whether only a residual one does; ``(None, False)`` where none.

        A clause that claims the ``rule`` by its id comes first; then, among conducts, one that names the category
        before a residual one, one of the same target before one for anyone, and of several residual ones the widest.
        """
        claiming = self._claiming(rule)
        if claiming:
            return claiming, category in claiming.residual
        for residual in (False, True):
            fitting = [c for c in self._conducts(target) if category in (c.residual if residual else c.named)]
            if fitting:
                return max(fitting, key=lambda c: (c.target is target, len(c.residual))), residual
        return None, False

    def _claiming(self, rule: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.claims(rule)), None)

    def _conducts(self, target: Target) -> list[Clause]:
        return [c for c in self.clauses if c.kind is ClauseKind.CONDUCT and c.is_for(target)]
