"""A decided case with letters in every state, for the tests of this room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.support import desk
from tests.support.desk import NOW, WordJudge, raw, receive
from worker.domain.errors import ChannelError
from worker.domain.judgement import Category, Severity
from worker.domain.policy import Policy
from worker.domain.ports import Delivery, LetterChannel, OutgoingLetter
from worker.rendering import NoticeTemplate, load_notice, notice_folders
from worker.rulepacks.policies import load_policy

if TYPE_CHECKING:
    from worker.cases.models import Case
    from worker.directory.models import User
    from worker.notices.models import Notice
    from worker.notices.services import Desk, Outbox

JUDGE = WordJudge(
    {"返金": Category.REPETITION, "ただではおかない": Category.THREAT, "夜中でも対応": Category.OFF_HOURS},
    {Category.THREAT: Severity.HIGH},
    count=True,
)


@cache
def policy() -> Policy:
    """UpShare's policy as shipped."""
    return load_policy("upshare", None)


@cache
def template() -> NoticeTemplate:
    """UpShare's first notice as shipped."""
    return load_notice("upshare/notice", notice_folders())


def sender() -> Desk:
    """The desk that writes."""
    from worker.notices.services import Desk

    return Desk("サポート窓口", desk.DESK_ADDRESS, desk.CALENDAR, "03-0000-0000")


def naming(category: Category) -> str:
    """The clause of the policy that names the category."""
    clause, _ = policy().clause_for(category)
    assert clause is not None
    return clause.id


@dataclass
class Matter:
    """A case and its people: ``mori`` writes, ``kondo`` approves."""

    case: Case
    mori: User
    kondo: User
    contact_id: int
    organisation_id: int

    def draft(self, language: str = "ja", now: datetime = NOW) -> Notice:
        """A draft of the first notice."""
        from worker.notices import services

        return services.draft(self.case.pk, template(), language, self.mori, self.contact_id, sender(), policy(), now)

    def submitted(self, now: datetime = NOW) -> Notice:
        """A letter that waits for approval."""
        from worker.notices import services

        notice = self.draft(now=now)
        return services.submit(notice.pk, self.mori, template(), notice.version, now)

    def queued(self, now: datetime = NOW) -> Notice:
        """An approved letter in the outbox."""
        from worker.notices import services

        notice = self.submitted(now)
        return services.approve(notice.pk, self.kondo, services.digest_of(notice), now)

    def decide(self, conclusion: str = "appears", clauses: Any = None, now: datetime = NOW) -> None:
        """Kondo decides (again)."""
        from worker.cases import services as cases

        self.case.refresh_from_db()
        found = conclusion != "none"
        wanted = clauses or [
            cases.ClauseChoice(naming(Category.THREAT)),
            cases.ClauseChoice("U-24", "回答済みの同じ要求が続き、時間外の対応も求められたため。"),
        ]
        verdict = cases.Verdict(
            cases.Answer.NO if found else cases.Answer.YES,
            cases.Answer.NO if found else cases.Answer.YES,
            cases.Answer.YES if found else cases.Answer.NO,
            cases.Conclusion(conclusion),
            "威迫と同一要求の反復が見受けられます。",
            accommodation_checked=True,
            dismissal=None if found else cases.Dismissal.MISREAD,
            clauses=tuple(wanted) if found else (),
        )
        cases.decide(self.case.pk, self.kondo, verdict, policy(), self.case.version, now)
        self.case.refresh_from_db()


def matter(decided: bool = True) -> Matter:
    """Three demands with one answer between, at a client organisation with a contact; decided unless told otherwise."""
    from worker.cases.models import Case

    organisation = desk.client()
    days = [NOW - timedelta(days=left) for left in (4, 3, 2, 1)]
    receive(raw("返金してください。", at=days[0], message_id="<a@client.example>"))
    reply = {"subject": "Re: サーバーの件", "answers": "<a@client.example>"}
    receive(raw("いたしかねます。", at=days[1], sender=desk.DESK_ADDRESS, to=desk.TANABE, **reply), sent=True)
    late = days[2].replace(hour=23)
    receive(raw("返金しろ。夜中でも対応しろ。", at=late, message_id="<b@client.example>", **reply))
    threads = receive(
        raw("返金しろ。さもなくば、ただではおかない。", at=days[3], message_id="<c@client.example>", **reply)
    )
    desk.assess(threads, JUDGE)
    made = Matter(
        Case.objects.get(own_staff=False),
        desk.person("mori", "desk"),
        desk.person("kondo", "manager"),
        desk.contact(organisation).pk,
        organisation.pk,
    )
    if decided:
        made.decide()
    return made


def apology(at: datetime = NOW + timedelta(minutes=30)) -> None:
    """The counterpart writes once more."""
    receive(raw("先日は言い過ぎました。", at=at, subject="Re: サーバーの件", answers="<a@client.example>"))


@dataclass
class Scripted:
    """A channel that remembers, and fails as it is told: one entry of ``plan`` for each call, then it accepts."""

    plan: list[Exception] = field(default_factory=list)
    letters: list[OutgoingLetter] = field(default_factory=list)
    calls: int = 0

    def send(self, letter: OutgoingLetter) -> Delivery:
        """Fail or accept. What is uncertain did leave here."""
        self.calls += 1
        failure = self.plan.pop(0) if self.plan else None
        if failure is None or (isinstance(failure, ChannelError) and failure.uncertain):
            self.letters.append(letter)
        if failure is not None:
            raise failure
        return Delivery(letter.recipients)


@dataclass
class Copies:
    """A Sent folder in memory, opened and closed like a real one; ``broken`` raises what it is given."""

    kept: dict[str, list[bytes]] = field(default_factory=dict)
    broken: Exception | None = None

    def __call__(self) -> Copies:
        """The place, to be entered."""
        return self

    def __enter__(self) -> Copies:
        if self.broken:
            raise self.broken
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing is left open."""

    def keep(self, folder: str, raw: bytes) -> None:
        """Remember the copy."""
        self.kept.setdefault(folder, []).append(raw)

    def holds(self, folders: Any, message_id: str) -> bool:
        """Whether a copy has that Message-ID."""
        return any(message_id.encode() in one for folder in folders for one in self.kept.get(folder, []))


def outbox(channel: LetterChannel, copies: Copies | None = None, save: bool = True) -> Outbox:
    """An outbox with that channel and Sent folder."""
    from worker.notices.services import Outbox

    return Outbox(
        channel,
        f"株式会社サンプル サポート窓口 <{desk.DESK_ADDRESS}>",
        desk.DESK_ADDRESS,
        copies,
        ("Sent",) if copies is not None else (),
        save_sent=save,
    )
