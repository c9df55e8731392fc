"""A case's page holds everything, in the order people read it, with few queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support import desk
from tests.support.desk import NOW, WordJudge, raw, receive
from worker.cases import services
from worker.cases.models import Case, Incident
from worker.cases.queries import QueueFilter, case_view, counts, queue, queue_size
from worker.cases.services import Answer, Conclusion, Dismissal, Told, Verdict
from worker.domain.judgement import Category, Severity
from worker.domain.mail import Direction
from worker.rulepacks.policies import load_policy

pytestmark = pytest.mark.django_db

JUDGE = WordJudge(
    {"返金": Category.REPETITION, "ただではおかない": Category.THREAT, "夜中でも": Category.OFF_HOURS},
    {Category.THREAT: Severity.HIGH},
    {Category.THREAT: "U-12"},
    count=True,
)
TODAY = desk.day("2026-11-20")


def exchange() -> int:
    """Three demands, one answer between; gives the case."""
    days = [NOW - timedelta(days=left) for left in (4, 3, 2, 1)]
    receive(raw("返金してください。", at=days[0], message_id="<a@client.example>"))
    reply = {"subject": "Re: サーバーの件", "answers": "<a@client.example>"}
    receive(raw("返金はいたしかねます。", at=days[1], sender=desk.DESK_ADDRESS, to=desk.TANABE, **reply), sent=True)
    receive(raw("返金しろ。夜中でも対応しろ。", at=days[2], **reply))
    threads = receive(raw("返金しろ。ただではおかない。", at=days[3], **reply))
    (case_id,) = desk.assess(threads, JUDGE)
    assert case_id is not None
    return case_id


def test_mails_stand_in_order_with_their_evidence() -> None:
    """Mails are oldest first, ours between theirs; evidence is numbered through, and only theirs bears any."""
    view = case_view(exchange())
    assert [shown.message.direction for shown in view.messages] == [
        Direction.IN,
        Direction.OUT,
        Direction.IN,
        Direction.IN,
    ]
    assert [item.number for item in view.evidence] == [1, 2, 3, 4, 5]
    assert view.messages[1].evidence == ()
    last = view.messages[-1]
    for item in last.evidence:
        assert last.message.parsed.text[item.start : item.end] == item.text
    assert [item.clause for item in last.evidence] == [None, "U-12"]


def test_the_ledger_counts_mails_and_calls() -> None:
    """A call with the same demand is a time of its own between the mails; another call is not."""
    case_id, user = exchange(), desk.person("mori", "desk")
    call = Told(
        Incident.Channel.TELEPHONE,
        NOW - timedelta(days=1, hours=12),
        Category.REPETITION,
        Severity.MEDIUM,
        "返金はまだか",
        answered="いたしかねますとお答えした",
        repeats=True,
    )
    services.add_incident(user, case_id, call, NOW)
    services.add_incident(user, case_id, Told(call.channel, call.at, Category.SUMMONS, Severity.LOW, "来い"), NOW)
    ledger = case_view(case_id).ledger
    assert [row.number for row in ledger] == [1, 2, 3, 4]
    assert [row.incident_id is not None for row in ledger] == [False, False, True, False]
    assert [row.answered_at is not None for row in ledger] == [True, False, True, False]


def test_off_hours_facts_and_thread_state() -> None:
    """Facts of service demanded out of hours name their mail; each thread says how it stands now."""
    view = case_view(exchange())
    assert [fact.text for fact in view.off_hours] == ["夜中でも"]
    assert [(thread.flag, thread.severity) for thread in view.threads] == [(True, Severity.HIGH)]


def test_earlier_cases_and_colleagues_cases_are_listed() -> None:
    """The counterpart's closed cases come with their conclusion; the organisation's other people are listed apart."""
    desk.client()
    first, user = exchange(), desk.person("mori", "desk")
    verdict = Verdict(
        Answer.YES, Answer.YES, Answer.NO, Conclusion.NONE, "正当なご要望でした。", dismissal=Dismissal.LEGITIMATE
    )
    services.decide(first, user, verdict, load_policy("upshare", None), 1, NOW)
    services.close(first, user, 2, NOW)
    (other,) = desk.assess(receive(raw("ただではおかない", sender="ogawa@client.example")), JUDGE)
    (second,) = desk.assess(receive(raw("ただではおかない", at=NOW, subject="別件")), JUDGE)
    assert second is not None
    view = case_view(second)
    assert [(line.id, line.conclusion) for line in view.earlier] == [(first, "none")]
    assert [line.id for line in view.of_organisation] == [other]
    assert (view.follows_id, view.organisation) == (first, "株式会社クライアント")
    closed = case_view(first)
    assert closed.decision is not None
    assert (closed.decision.by, closed.decision.dismissal) == ("Mori", "legitimate_complaint")


def test_mail_outside_the_case_is_counted() -> None:
    """The counterpart's newer mails in no thread of the case are counted, not shown."""
    case_id = exchange()
    desk.assess(receive(raw("ありがとうございます。", at=NOW + timedelta(minutes=5), subject="別件")), JUDGE)
    view = case_view(case_id)
    assert (view.other_mail, len(view.messages)) == (1, 4)


def test_the_organisation_may_become_known_later() -> None:
    """An organisation that was registered after the case was opened shows on the page."""
    case_id = exchange()
    organisation = desk.client()
    assert case_view(case_id).organisation_id == organisation.pk


def test_a_page_takes_few_queries(django_assert_max_num_queries: Any) -> None:
    """However many threads and mails, a page takes at most 15 queries."""
    case_id, user = exchange(), desk.person("mori", "desk")
    for number in range(6):
        desk.assess(receive(raw("ただではおかない", subject=f"別件{number}")), JUDGE)
    services.comment(case_id, user, "見ました", NOW)
    with django_assert_max_num_queries(15):
        view = case_view(case_id)
    assert len(view.threads) == 7
    assert [comment.text for comment in view.comments] == ["見ました"]


def test_an_own_staff_case_shows_our_words() -> None:
    """In a case about our own people the evidence stands in our mails."""
    receive(raw("返金してください。", message_id="<a@client.example>"))
    reply = {"subject": "Re: サーバーの件", "answers": "<a@client.example>"}
    threads = receive(raw("ただではおかない。", at=NOW, sender=desk.DESK_ADDRESS, to=desk.TANABE, **reply), sent=True)
    desk.assess(threads, WordJudge({"ただではおかない": Category.THREAT}))
    view = case_view(Case.objects.get().pk)
    assert view.own_staff
    assert [len(shown.evidence) for shown in view.messages] == [0, 1]


def grow() -> None:
    """Three cases: low, high, medium, in this order of age."""
    for minute, (who, text) in enumerate(
        [("ito", "無能"), ("goto", "ただではおかない"), ("kato", "返金")],
    ):
        judge = WordJudge(
            {"無能": Category.INSULT_PERSON, "ただではおかない": Category.THREAT, "返金": Category.REPETITION},
            {Category.INSULT_PERSON: Severity.LOW, Category.THREAT: Severity.HIGH},
        )
        desk.assess(receive(raw(text, sender=f"{who}@{who}.example")), judge, NOW + timedelta(minutes=minute))


def test_the_queue_is_by_urgency(django_assert_num_queries: Any) -> None:
    """The gravest first, then the longest waiting; one query for all of it; names are pseudonyms."""
    grow()
    with django_assert_num_queries(1):
        rows = queue(QueueFilter(), TODAY)
    assert [row.severity for row in rows] == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]
    assert all(row.pseudonym.startswith("P-") for row in rows)
    assert [row.threads for row in rows] == [1, 1, 1]


@pytest.mark.parametrize(
    ("chosen", "number"),
    [
        (QueueFilter(), 3),
        (QueueFilter(state="review"), 3),
        (QueueFilter(state="closed"), 0),
        (QueueFilter(state="all"), 3),
        (QueueFilter(severity=Severity.HIGH), 1),
        (QueueFilter(category=Category.REPETITION), 1),
        (QueueFilter(category=Category.SEXUAL), 0),
        (QueueFilter(assignee_id=0), 3),
        (QueueFilter(assignee_id=99), 0),
        (QueueFilter(organisation_id=99), 0),
        (QueueFilter(own_staff=True), 0),
    ],
)
def test_the_queue_is_filtered(chosen: QueueFilter, number: int) -> None:
    """Each filter keeps what fits, and the size agrees with the rows."""
    grow()
    assert len(queue(chosen, TODAY)) == number == queue_size(chosen)


def test_pages_of_the_queue() -> None:
    """Limit and offset cut the same order."""
    grow()
    whole = [row.id for row in queue(QueueFilter(), TODAY)]
    assert [row.id for row in queue(QueueFilter(), TODAY, limit=2)] == whole[:2]
    assert [row.id for row in queue(QueueFilter(), TODAY, limit=2, offset=2)] == whole[2:]


def test_counts_say_how_it_stands() -> None:
    """Open cases by state and severity, and those that nobody has."""
    grow()
    user = desk.person("mori", "desk")
    services.assign(Case.objects.order_by("pk")[0].pk, user, user, 1, NOW)
    assert counts() == {
        "review": 2,
        "in_hand": 1,
        "low": 1,
        "medium": 1,
        "high": 1,
        "critical": 0,
        "unassigned": 2,
    }
