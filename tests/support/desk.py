"""A desk for tests: people, a client organisation, mail that really comes in, and a judge that sees words."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from worker.domain.hours import Calendar, ServiceSpan
from worker.domain.judgement import Assessment, Category, Evidence, Field, Finding, LedgerEntry, Severity
from worker.domain.mail import Direction, Message, OwnSide
from worker.domain.ports import Fetched
from worker.domain.scene import Scene

if TYPE_CHECKING:
    from worker.directory.models import Counterpart, NoticeContact, Organisation, User

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 20, 15, 5, tzinfo=TOKYO)
CALENDAR = Calendar("Asia/Tokyo", (ServiceSpan(frozenset(range(5)), time(10), time(18)),), "JP")
DESK_ADDRESS = "support@sample.example"
OWN = OwnSide((DESK_ADDRESS,), ("sample.example",))
TANABE = "tanabe@client.example"

_uids = itertools.count(1)


def raw(
    text: str,
    at: datetime = NOW - timedelta(hours=1),
    sender: str = TANABE,
    to: str = DESK_ADDRESS,
    cc: str = "",
    subject: str = "サーバーの件",
    message_id: str = "",
    answers: str = "",
    **headers: str,
) -> bytes:
    """One mail as it lies on a server."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    if cc:
        mail["Cc"] = cc
    mail["Date"] = at
    mail["Message-ID"] = message_id or f"<t{next(_uids)}@client.example>"
    if answers:
        mail["In-Reply-To"] = mail["References"] = answers
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def receive(*mails: bytes, at: datetime | None = None, sent: bool = False) -> list[int]:
    """Store and read mails as the poll does; gives the ids of the threads that changed."""
    from worker.inbox.models import Folder, Mailbox
    from worker.inbox.services import read, store

    mailbox, _ = Mailbox.objects.get_or_create(name="support")
    folder, _ = Folder.objects.get_or_create(mailbox=mailbox, name="Sent" if sent else "INBOX", defaults={"sent": sent})
    direction = Direction.OUT if sent else None
    fetched = [Fetched(next(_uids), one, len(one), internal_date=at, direction=direction) for one in mails]
    ids = store(folder, 1, fetched, NOW)
    return list(read(ids, OWN, (), (), NOW).thread_ids)


@dataclass
class WordJudge:
    """Flags mails that hold one of ``words``; ``severities`` say how grave a category is (medium where not named).

    ``policy_clause`` is put on all evidence; ``ledger`` is given as it is.
    """

    words: Mapping[str, Category]
    severities: Mapping[Category, Severity] = field(default_factory=dict)
    clauses: Mapping[Category, str] = field(default_factory=dict)
    count: bool = False
    asked: list[Scene] = field(default_factory=list)

    def assess(self, scene: Scene) -> Assessment:
        """The words found in the thread's mails."""
        self.asked.append(scene)
        findings = [found for message in scene.thread.messages for found in self._findings(message)]
        categories = tuple(sorted({found.category for found in findings}))
        severity = max(
            (self.severities.get(one, Severity.MEDIUM) for one in categories), key=lambda s: s.rank, default=None
        )
        return Assessment(
            flag=bool(findings),
            score=0.9 if findings else 0.1,
            severity=severity,
            categories=categories,
            evidence=tuple(Evidence(one, self.clauses.get(one.category), False) for one in findings),
            ledger=tuple(self._ledger(scene.thread.messages)) if self.count else (),
            depends_on={"mails": " ".join(message.key for message in scene.thread.messages)},
        )

    def _findings(self, message: Message) -> Iterable[Finding]:
        for word, category in self.words.items():
            start = message.parsed.text.find(word)
            if start >= 0:
                yield Finding(
                    "phrases", f"{category}.test", category, message.key, 0.9, "言葉", word, Field.TEXT, start,
                    start + len(word),
                )  # fmt: skip

    def _ledger(self, messages: Sequence[Message]) -> Iterable[LedgerEntry]:
        asked = [message for message in messages if message.direction is Direction.IN]
        for number, message in enumerate(asked, start=1):
            answer = next((one for one in messages if one.direction is Direction.OUT and one.at > message.at), None)
            yield LedgerEntry(number, message.key, message.at, "demand", answer.at if answer else None)


THREAT = WordJudge(
    {"ただではおかない": Category.THREAT, "無能": Category.INSULT_PERSON},
    {Category.THREAT: Severity.HIGH, Category.INSULT_PERSON: Severity.LOW},
    {Category.THREAT: "U-12", Category.INSULT_PERSON: "U-16"},
)


def assess(thread_ids: Iterable[int], judge: WordJudge = THREAT, now: datetime = NOW) -> list[int | None]:
    """Assess the threads as the task does; gives each one's case."""
    from worker.cases import services

    return [services.assess(one, judge, lambda _organisation: CALENDAR, "保守契約", now) for one in thread_ids]


def person(name: str, *roles: str) -> User:
    """Somebody of ours who holds the roles from long ago."""
    from django.test import override_settings

    from worker.directory.models import Role
    from worker.directory.services import create_user

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):  # nobody signs in here
        return create_user(name, "correct horse battery", name.title(), [Role(role) for role in roles], "ja")


def client(name: str = "株式会社クライアント", domain: str = "client.example") -> Organisation:
    """A client organisation with its domain; addresses known already are linked to it."""
    from worker.directory.models import Organisation, OrganisationDomain
    from worker.directory.services import link_counterparts

    organisation = Organisation.objects.create(name=name, contract_clause="基本契約書第12条", language="ja")
    OrganisationDomain.objects.create(organisation=organisation, domain=domain)
    link_counterparts(organisation)
    return organisation


def contact(organisation: Organisation, address: str = "aoki@client.example") -> NoticeContact:
    """Somebody at the organisation to whom notices go."""
    from worker.directory.models import NoticeContact

    return NoticeContact.objects.create(
        organisation=organisation, name="青木 一郎", title="情報システム部長", address=address
    )


def counterpart(address: str = TANABE) -> Counterpart:
    """The counterpart of that address."""
    from worker.directory.models import Counterpart

    return Counterpart.objects.get(address=address)


def day(text: str) -> date:
    """An ISO day."""
    return date.fromisoformat(text)
