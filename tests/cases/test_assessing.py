"""Flags become cases: one open case per counterpart, whatever arrives when, and nobody's case closes by itself."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from tests.support import desk
from tests.support.desk import NOW, THREAT, WordJudge, raw, receive
from worker.cases import assessing, services
from worker.cases.models import Assessment, Case
from worker.domain.judgement import Category, Severity
from worker.inbox.models import Message, Thread

pytestmark = pytest.mark.django_db

BAD = "対応しないなら、ただではおかない。"
MILD = "担当者は無能だと思います。"
GOOD = "ログを送ります。ご確認ください。"


def dismiss(case: Case) -> None:
    """Somebody decides that nothing was there, and closes."""
    from worker.rulepacks.policies import load_policy

    user = desk.person(f"mori{case.pk}", "manager")
    case.refresh_from_db()
    verdict = services.Verdict(
        services.Answer.YES,
        services.Answer.YES,
        services.Answer.NO,
        services.Conclusion.NONE,
        "正当なご要望でした。",
        dismissal=services.Dismissal.LEGITIMATE,
    )
    services.decide(case.pk, user, verdict, load_policy("upshare", None), case.version, NOW)
    case.refresh_from_db()
    services.close(case.pk, user, case.version, NOW)


def test_an_ordinary_thread_opens_no_case() -> None:
    """A thread that is not flagged is assessed, loses its mark, and is in no case."""
    threads = receive(raw(GOOD))
    assert desk.assess(threads) == [None]
    assert not Case.objects.exists()
    assert [(row.flag, row.severity) for row in Assessment.objects.all()] == [(False, "")]
    assert not Thread.objects.get().dirty


def test_a_flagged_thread_opens_a_case() -> None:
    """The case has the counterpart, its organisation, severity, categories and the thread."""
    organisation = desk.client()
    (case_id,) = desk.assess(receive(raw(BAD)))
    case = Case.objects.get(pk=case_id)
    assert (case.counterpart.address, case.organisation) == (desk.TANABE, organisation)
    assert (case.state, case.severity, case.categories, case.own_staff) == ("review", "high", ["threat"], False)
    assert case.case_threads.count() == 1
    assert case.last_at == Thread.objects.get().last_at


def test_low_severity_opens_a_case_too() -> None:
    """One mild sign is for a person to look at, when there is time."""
    (case_id,) = desk.assess(receive(raw(MILD)))
    assert Case.objects.get(pk=case_id).severity == "low"


def test_a_free_mail_sender_is_a_person_without_organisation() -> None:
    """A case of somebody on free mail has no organisation."""
    (case_id,) = desk.assess(receive(raw(BAD, sender="tanabe.kei@gmail.com")))
    assert Case.objects.get(pk=case_id).organisation is None


def test_a_second_flagged_thread_joins() -> None:
    """Another thread of the same counterpart joins the open case, and the graver severity counts."""
    (first,) = desk.assess(receive(raw(MILD)))
    (second,) = desk.assess(receive(raw(BAD, subject="別件")))
    assert first == second
    case = Case.objects.get()
    assert (case.severity, case.categories) == ("high", ["insult_person", "threat"])
    assert case.case_threads.count() == 2


def test_an_ordinary_thread_stays_out_of_the_open_case() -> None:
    """A thread that is not flagged does not join, so that no more is read than need be."""
    desk.assess(receive(raw(BAD)))
    assert desk.assess(receive(raw(GOOD, subject="別件"))) == [None]
    assert Case.objects.get().case_threads.count() == 1


def test_a_reply_lands_in_the_case() -> None:
    """New mail in a thread of the case belongs to it and moves its last event."""
    desk.assess(receive(raw(BAD, message_id="<a@client.example>")))
    reply = raw(GOOD, at=NOW, subject="Re: サーバーの件", answers="<a@client.example>")
    (case_id,) = desk.assess(receive(reply))
    case = Case.objects.get()
    assert (case.pk, case.case_threads.count(), case.last_at) == (case_id, 1, NOW)


def test_the_same_assessment_is_stored_once() -> None:
    """Assessing twice leaves one row and one case: a task may run again."""
    threads = receive(raw(BAD))
    desk.assess(threads)
    desk.assess(threads, now=NOW + timedelta(minutes=1))
    assert (Assessment.objects.count(), Case.objects.count()) == (1, 1)


def test_an_assessment_that_comes_back_is_the_newest_again() -> None:
    """Where rules change and change back, the older row counts as the newest, not the one in between."""
    threads = receive(raw(BAD))
    nothing = WordJudge({})
    for minute, judge in enumerate([THREAT, nothing, THREAT]):
        desk.assess(threads, judge, NOW + timedelta(minutes=minute))
    newest = Assessment.objects.order_by("-at", "-pk").first()
    assert newest is not None
    assert (newest.flag, Assessment.objects.count()) == (True, 2)


def test_a_flag_that_is_gone_closes_nothing() -> None:
    """A later assessment without a flag leaves the case open, with its severity: a person takes it back."""
    threads = receive(raw(BAD))
    (case_id,) = desk.assess(threads)
    assert desk.assess(threads, WordJudge({}), NOW + timedelta(minutes=1)) == [case_id]
    case = Case.objects.get()
    assert (case.state, case.severity, case.categories) == ("review", "high", ["threat"])


def test_severity_follows_the_newest_assessments() -> None:
    """Where a rule is corrected, the case gets milder with it."""
    threads = receive(raw(f"{BAD}{MILD}"))
    desk.assess(threads)
    desk.assess(threads, WordJudge({"無能": Category.INSULT_PERSON}), NOW + timedelta(minutes=1))
    case = Case.objects.get()
    assert (case.severity, case.categories) == ("medium", ["insult_person"])


def test_own_staff_has_a_case_of_its_own() -> None:
    """What our own people wrote opens a case apart from the counterpart's, with each side's categories in its own."""
    first = raw(BAD, message_id="<a@client.example>")
    answer = raw(
        "あなたは無能ですね。",
        at=NOW,
        sender=desk.DESK_ADDRESS,
        to=desk.TANABE,
        subject="Re: サーバーの件",
        answers="<a@client.example>",
    )
    receive(first)
    threads = receive(answer, sent=True)
    desk.assess(threads)
    cases = {case.own_staff: case.categories for case in Case.objects.all()}
    assert cases == {False: ["threat"], True: ["insult_person"]}


def test_after_closing_only_news_opens_a_linked_case() -> None:
    """A new look at mails that the person knew opens nothing; a newer mail opens a case that follows the closed one."""
    threads = receive(raw(BAD, message_id="<a@client.example>"))
    (case_id,) = desk.assess(threads)
    closed = Case.objects.get()
    dismiss(closed)
    sharper = WordJudge({"ただではおかない": Category.THREAT_TO_COMPANY})
    assert desk.assess(threads, sharper, NOW + timedelta(hours=1)) == [None]
    again = receive(raw(BAD, at=NOW, subject="Re: サーバーの件", answers="<a@client.example>"))
    (follower,) = desk.assess(again, now=NOW + timedelta(hours=2))
    opened = Case.objects.get(pk=follower)
    assert (opened.follows_id, opened.state) == (case_id, "review")
    closed.refresh_from_db()
    assert closed.state == "closed"


def test_an_old_mail_that_was_not_known_is_news() -> None:
    """A mail dated before the closing that came in after it was not known to the person who closed."""
    desk.assess(receive(raw(BAD)))
    dismiss(Case.objects.get())
    late = receive(raw(BAD, at=NOW - timedelta(days=30), subject="以前の件"))
    (follower,) = desk.assess(late, now=NOW + timedelta(hours=1))
    assert Case.objects.get(pk=follower).follows is not None


def test_mail_that_arrives_while_judging_keeps_the_mark() -> None:
    """Nothing is stored over mail that the judge has not seen; the thread stays marked for the next round."""
    threads = receive(raw(BAD, message_id="<a@client.example>"))

    class Interrupted(WordJudge):
        def assess(self, scene: desk.Scene) -> desk.Assessment:
            receive(raw(GOOD, at=NOW, subject="Re: サーバーの件", answers="<a@client.example>"))
            return super().assess(scene)

    assert desk.assess(threads, Interrupted(THREAT.words)) == [None]
    assert Thread.objects.get().dirty
    assert not Assessment.objects.exists()
    desk.assess(threads)
    assert not Thread.objects.get().dirty


def test_the_judge_is_told_history_and_scope() -> None:
    """The counterpart's other mail before, and the contract's scope or the desk's, are part of the scene."""
    receive(raw(GOOD, at=NOW - timedelta(days=3), subject="以前の件"))
    judge = WordJudge({})
    desk.assess(receive(raw(GOOD)), judge)
    (scene,) = judge.asked
    assert [message.parsed.subject for message in scene.history] == ["以前の件"]
    assert scene.scope == "保守契約"
    organisation = desk.client()
    organisation.contract_scope = "監視のみ"
    organisation.save()
    desk.assess([Thread.objects.order_by("-pk").values_list("pk", flat=True)[0]], judge)
    assert judge.asked[-1].scope == "監視のみ"


def test_a_thread_without_counterpart_is_left() -> None:
    """A thread of which nobody outside is known loses its mark and has no case."""
    threads = receive(raw(BAD))
    Thread.objects.update(counterpart=None)
    assert desk.assess(threads) == [None]
    assert not Thread.objects.get().dirty


def test_a_thread_without_readable_mail_is_left() -> None:
    """A thread whose mails could not be read loses its mark and has no case."""
    threads = receive(raw(BAD))
    Message.objects.update(state=Message.State.QUARANTINED)
    assert desk.assess(threads) == [None]
    assert not Thread.objects.get().dirty


def test_merged_threads_stay_in_the_case() -> None:
    """Where a late mail shows that two threads are one, the case holds the one that stays."""
    parent = raw(GOOD, message_id="<p@client.example>", at=NOW - timedelta(days=2))
    late = raw(GOOD, message_id="<q@client.example>", at=NOW - timedelta(days=1), answers="<p@client.example>")
    answer = raw(BAD, at=NOW, subject="Re: 返答", answers="<q@client.example>")
    receive(parent)
    desk.assess(receive(answer))
    (apart,) = Case.objects.get().case_threads.values_list("thread_id", flat=True)
    receive(late)
    assert Thread.objects.get(pk=apart).merged_into is not None
    (kept,) = Case.objects.get().case_threads.select_related("thread")
    assert kept.thread.merged_into is None
    assert desk.assess([kept.thread_id]) == [kept.case_id]


@pytest.mark.django_db(transaction=True)
def test_two_workers_open_one_case() -> None:
    """Two workers that see two flagged threads of one counterpart at the same moment open one case with both."""
    threads = [*receive(raw(BAD, subject="A")), *receive(raw(BAD, subject="B"))]
    assert len(threads) == 2
    gate = threading.Barrier(2)
    faults: list[BaseException] = []

    def work(thread_id: int) -> None:
        class Waiting(WordJudge):
            def assess(self, scene: desk.Scene) -> desk.Assessment:
                gate.wait(20)
                return super().assess(scene)

        try:
            desk.assess([thread_id], Waiting(THREAT.words, THREAT.severities))
        except BaseException as error:
            faults.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(one,)) for one in threads]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert faults == []
    case = Case.objects.get()
    assert case.case_threads.count() == 2
    assert Assessment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_second_open_case() -> None:
    """Without any lock the constraint alone lets one of two creators through, and the other joins."""
    from worker.cases.opening import join_or_open

    receive(raw(BAD))
    person = desk.counterpart()
    gate = threading.Barrier(4)
    opened: list[int] = []

    def work() -> None:
        try:
            gate.wait(20)
            opened.append(join_or_open(person, False, NOW, NOW).pk)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len(opened) == 4
    assert set(opened) == {Case.objects.get().pk}
    assert connection.vendor in ("sqlite", "postgresql")


def test_severity_words_are_the_taxonomys() -> None:
    """What is stored as severity is one of the four words."""
    desk.assess(receive(raw(BAD)))
    assert Severity(Case.objects.get().severity) is Severity.HIGH


def test_threads_are_assessed_together() -> None:
    """Several threads at once give what each would give by itself: one case for those of one person that are flagged."""
    threads = [*receive(raw(BAD, subject="A")), *receive(raw(GOOD, subject="B")), *receive(raw(BAD, subject="C"))]
    other = receive(raw(GOOD, sender="ogawa@client.example"))
    found = services.assess_all([*threads, *other], THREAT, lambda _: desk.CALENDAR, "保守契約", NOW)
    case = Case.objects.get()
    assert found == {threads[0]: case.pk, threads[2]: case.pk}
    assert case.case_threads.count() == 2
    assert Assessment.objects.count() == 4
    assert not Thread.objects.filter(dirty=True).exists()


def test_a_long_history_is_read_thread_by_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of somebody who wrote very much, each thread is read by itself, with the same scene."""
    threads = [*receive(raw(BAD, subject="A")), *receive(raw(GOOD, subject="B", at=NOW + timedelta(minutes=5)))]
    together, apart = WordJudge({}), WordJudge({})
    services.assess_all(threads, together, lambda _: desk.CALENDAR, "保守契約", NOW)
    monkeypatch.setattr(assessing, "PORTION_MAILS", 1)
    services.assess_all(threads, apart, lambda _: desk.CALENDAR, "保守契約", NOW)
    assert apart.asked == together.asked
    assert [len(scene.history) for scene in apart.asked] == [0, 1]


def test_a_thread_that_cannot_be_judged_holds_up_no_other() -> None:
    """Where judging raises, what was judged before it is kept, and the error is told."""

    class Stumbling(WordJudge):
        def assess(self, scene: desk.Scene) -> desk.Assessment:
            if len(self.asked) == 1:
                raise ZeroDivisionError
            return super().assess(scene)

    threads = [*receive(raw(BAD, subject="A")), *receive(raw(GOOD, subject="B", at=NOW + timedelta(minutes=5)))]
    with pytest.raises(ZeroDivisionError):
        services.assess_all(threads, Stumbling(THREAT.words), lambda _: desk.CALENDAR, "保守契約", NOW)
    assert [row.thread_id for row in Assessment.objects.all()] == threads[:1]
    assert list(Thread.objects.filter(dirty=True).values_list("pk", flat=True)) == threads[1:]
    assert Case.objects.count() == 1
