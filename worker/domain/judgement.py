"""Findings and assessments: what the machine says, always with its words and its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Category(StrEnum):
    """The one taxonomy of rules, policies, corpus and desk (27 and ``other``)."""

    VIOLENCE = "violence"
    THREAT = "threat"
    THREAT_TO_COMPANY = "threat_to_company"
    ABUSIVE_LANGUAGE = "abusive_language"
    INSULT_PERSON = "insult_person"
    INSULT_COMPANY = "insult_company"
    PERSONALITY_DENIAL = "personality_denial"
    DISCRIMINATION = "discrimination"
    APPEARANCE = "appearance"
    POSITION_ABUSE = "position_abuse"
    HARSH_REPRIMAND = "harsh_reprimand"
    EXCESSIVE_SCOPE = "excessive_scope"
    UNJUSTIFIED_APOLOGY = "unjustified_apology"
    MONEY_OR_FAVOUR = "money_or_favour"
    UNREASONABLE_DISCOUNT = "unreasonable_discount"
    FREE_OR_RUSH_WORK = "free_or_rush_work"
    HIDDEN_SUBCONTRACT = "hidden_subcontract"
    SUMMONS = "summons"
    STAFF_CHANGE = "staff_change"
    LONG_RESTRAINT = "long_restraint"
    OFF_HOURS = "off_hours"
    REPETITION = "repetition"
    NON_CONSTRUCTIVE = "non_constructive"
    PRIVACY = "privacy"
    SEXUAL = "sexual"
    CHILDCARE_OR_CARE = "childcare_or_care"
    DEFAMATION = "defamation"
    OTHER = "other"


class Severity(StrEnum):
    """From one mild sign to danger to life or limb; ordered by :meth:`rank`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Severity).index(self)


class Field(StrEnum):
    """Where in a mail the words of a finding stand."""

    TEXT = "text"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen by one detector in one message.

    ``text`` is the exact stretch ``[start:end]`` of the message's text or subject, or "" where the finding is a time
    or a count, which ``fact`` then says in words. ``strength`` is 0..1 before weighing. ``rule`` is the rule's or the
    detector's id. ``damped`` names what lowered the strength ("negated", "quoted", …).
    """

    detector: str
    rule: str
    category: Category
    message: str
    strength: float
    reason: str = ""
    text: str = ""
    field: Field = Field.TEXT
    start: int = 0
    end: int = 0
    fact: str = ""
    damped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The n-th time of one demand: the message that made it, when, and when we answered (None: answer not found)."""

    number: int
    message: str
    at: datetime
    text: str
    answered_at: datetime | None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A finding as shown: with the clause of the company's policy, and whether that clause is the residual one."""

    finding: Finding
    clause: str | None
    residual: bool


@dataclass(frozen=True, slots=True)
class Assessment:
    """The findings of a thread weighed. ``severity`` is None exactly where ``flag`` is False. ``score`` is 0..1.

    ``depends_on`` names everything it was made from (packs, overlay, policy, calendar, code, history up to …);
    the same inputs give the same assessment.
    """

    flag: bool
    score: float
    severity: Severity | None
    categories: tuple[Category, ...]
    evidence: tuple[Evidence, ...]
    ledger: tuple[LedgerEntry, ...] = ()
    weighing: tuple[str, ...] = ()
    depends_on: Mapping[str, str] = field(default_factory=dict)
