"""Everything that a case's page shows, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from worker.domain.judgement import Category, Field, Severity
from worker.domain.mail import Address, Message


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """One finding of a message. ``number`` counts over the whole case, in the order of the mails.

    ``text`` is ``[start:end]`` of the message's text or subject (``field``), or "" where ``fact`` says a time or a
    count in words. ``clause`` is the policy's clause id or None.
    """

    number: int
    message_id: int
    field: Field
    start: int
    end: int
    text: str
    fact: str
    category: Category
    detector: str
    rule: str
    reason: str
    clause: str | None
    residual: bool
    strength: float
    damped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One mail of the case with what was found in it. ``message.parsed`` is empty where its words were purged."""

    id: int
    thread_id: int
    message: Message
    evidence: tuple[ShownEvidence, ...]


@dataclass(frozen=True, slots=True)
class ShownThread:
    """One thread of the case as it stands now: its newest assessment, and how it was weighed."""

    id: int
    subject: str
    flag: bool
    severity: Severity | None
    score: float
    assessed_at: datetime
    weighing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The n-th time of the demand. Exactly one of ``message_id`` and ``incident_id`` is set.

    ``answered_at`` is None where no answer was found.
    """

    number: int
    at: datetime
    text: str
    answered_at: datetime | None
    answer: str
    message_id: int | None = None
    incident_id: int | None = None


@dataclass(frozen=True, slots=True)
class OffHoursFact:
    """Service demanded outside the hours: the message, when it came by our server's stamp, and the fact in words."""

    message_id: int
    at: datetime
    text: str
    fact: str


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """What a colleague told. ``by`` is the colleague's name."""

    id: int
    channel: str
    at: datetime
    minutes: int
    category: Category
    severity: Severity
    repeats: bool
    said: str
    answered: str
    by: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class ShownClause:
    """A clause that a person chose; ``ground`` is theirs where the policy does not name the conduct."""

    id: str
    residual: bool
    ground: str


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """One decision; answers are ``yes``, ``no`` or ``unclear``, ``about_work`` may be "" (left open), ``dismissal`` is "" unless nothing was found."""

    id: int
    by: str
    at: datetime
    demand_reasonable: str
    manner_acceptable: str
    environment_harmed: str
    about_work: str
    accommodation_checked: bool
    conclusion: str
    dismissal: str
    clauses: tuple[ShownClause, ...]
    ground: str


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A colleague's remark."""

    id: int
    by: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class ShownOpinion:
    """What somebody told by moving a mail's copy in the mailbox. ``settled_by`` is "" while nobody has settled it."""

    id: int
    message_id: int
    mailbox: str
    applies: bool
    at: datetime
    settled_by: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class CaseLine:
    """Another case in one line. ``conclusion`` is the newest decision's, "" where there is none."""

    id: int
    number: str
    state: str
    severity: Severity
    categories: tuple[Category, ...]
    pseudonym: str
    opened_at: datetime
    closed_at: datetime | None
    conclusion: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """The whole page. Messages are oldest first, decisions newest first.

    ``other_mail`` counts the counterpart's incoming mails after the case was opened that are in none of its threads.
    """

    id: int
    number: str
    state: str
    version: int
    severity: Severity
    categories: tuple[Category, ...]
    own_staff: bool
    opened_at: datetime
    last_at: datetime
    closed_at: datetime | None
    counterpart_id: int
    counterpart: Address
    pseudonym: str
    organisation_id: int | None
    organisation: str
    organisation_language: str
    contract_clause: str
    assignee_id: int | None
    assignee: str
    still_to_answer: str
    follows_id: int | None
    threads: tuple[ShownThread, ...]
    messages: tuple[ShownMessage, ...]
    ledger: tuple[LedgerRow, ...]
    off_hours: tuple[OffHoursFact, ...]
    incidents: tuple[ShownIncident, ...]
    decisions: tuple[ShownDecision, ...]
    comments: tuple[ShownComment, ...]
    earlier: tuple[CaseLine, ...]
    of_organisation: tuple[CaseLine, ...]
    other_mail: int
    opinions: tuple[ShownOpinion, ...] = ()

    @property
    def evidence(self) -> tuple[ShownEvidence, ...]:
        """All evidence in the order of the mails."""
        return tuple(item for message in self.messages for item in message.evidence)

    @property
    def decision(self) -> ShownDecision | None:
        """The decision that counts: the newest."""
        return self.decisions[0] if self.decisions else None
