"""A draft holds the facts of the case; the author words it; nobody approves their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.notices.desk import Matter, apology, matter, naming, policy, sender, template
from tests.support import desk
from tests.support.desk import NOW, raw, receive
from worker.cases import services as cases
from worker.cases.models import Incident
from worker.cases.queries import QueueFilter, queue
from worker.directory.models import AuditEntry, Role
from worker.directory.services import grant
from worker.domain.errors import Incomplete, NotAllowed, NoticeError, Stale
from worker.domain.judgement import Category, Severity
from worker.inbox.models import Message
from worker.notices import queries, services
from worker.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Matter:
    """A decided case with its people."""
    return matter()


def test_facts_are_exact(at: Matter) -> None:
    """Facts are oldest first on the desk's clock, with the very words, the mail, the n-th time and our answers."""
    facts = at.draft().variables["facts"]
    assert [(fact["at"], fact["quote"], fact["number"]) for fact in facts] == [
        ("2026-11-16T15:05+09:00", "返金", 1),
        ("2026-11-18T23:05+09:00", "返金", 2),
        ("2026-11-18T23:05+09:00", "夜中でも対応", 0),
        ("2026-11-19T15:05+09:00", "返金", 3),
        ("2026-11-19T15:05+09:00", "ただではおかない", 0),
    ]
    assert facts[1]["answered_on"] == facts[3]["answered_on"] == ["2026-11-17"]
    assert facts[4]["reference"] == "Message-ID c@client.example"
    texts = [row.parsed["text"] for row in Message.objects.filter(direction="in") if row.parsed]
    assert all(any(fact["quote"] in text for text in texts) for fact in facts)


def test_hours_are_a_fact_only_where_service_was_demanded(at: Matter) -> None:
    """The mail of 23:05 that demanded service says so; no other fact speaks of hours."""
    spoken = [fact["off_hours"] for fact in at.draft().variables["facts"] if fact["off_hours"]]
    assert spoken == ["受信は、当社の対応時間(月曜~金曜 10:00~18:00、祝日を除く)の外でした。"]


def test_deadline_and_review_are_business_days(at: Matter) -> None:
    """Ten and twenty business days on: the holiday of 23 November and weekends do not count."""
    notice = at.draft()
    assert (notice.variables["deadline"], notice.variables["review_on"]) == ("2026-12-07", "2026-12-21")
    assert notice.deadline == desk.day("2026-12-07")


def test_clauses_carry_the_persons_ground(at: Matter) -> None:
    """A named clause stands by itself; the catch-all with the person's reason."""
    clauses = at.draft().variables["clauses"]
    assert [(one["id"], one["residual"], bool(one["ground"])) for one in clauses] == [
        (naming(Category.THREAT), False, False),
        ("U-24", True, True),
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [("ja", "次の記載を含む電子メール"), ("en", "contained the following words"), ("zh", "其中包含以下内容")],
)
def test_each_language_has_its_words(at: Matter, language: str, words: str) -> None:
    """Drafts in Japanese, English and Chinese are complete as they come, in text and HTML."""
    notice = at.draft(language)
    assert words in notice.text
    assert words in notice.html
    assert services.submit(notice.pk, at.mori, template(), notice.version, NOW).state == "submitted"


def test_what_a_colleague_told_is_a_fact(at: Matter) -> None:
    """A call of a chosen category stands among the facts with its length and record number."""
    told = cases.Told(
        Incident.Channel.TELEPHONE, NOW - timedelta(hours=3), Category.THREAT, Severity.HIGH, "覚えておけ", minutes=40
    )
    cases.add_incident(at.mori, at.case.pk, told, NOW)
    fact = at.draft().variables["facts"][-1]
    assert (fact["channel"], fact["quote"]) == ("電話", "覚えておけ")
    assert "(約40分)" in fact["what"]
    assert fact["reference"].startswith("当社記録番号 I-")


def test_reference_and_message_id_are_fixed_at_once(at: Matter) -> None:
    """Both are there with the draft, unlike any other letter's, and the Message-ID is of the desk's domain."""
    one, two = at.draft(), at.draft()
    assert one.reference in one.text
    assert one.message_id.endswith("@sample.example>")
    assert (one.reference, one.message_id) != (two.reference, two.message_id)


def test_no_letter_rests_on_a_doubted_author(at: Matter) -> None:
    """Mails whose authentication failed give no fact; where none is left there is no letter."""
    Message.objects.filter(message_id="c@client.example").update(authorship="doubted")
    assert all("c@client" not in fact["reference"] for fact in at.draft().variables["facts"])
    Message.objects.update(authorship="doubted")
    with pytest.raises(Incomplete) as caught:
        at.draft()
    assert set(caught.value.faults) == {"facts"}


def test_a_subject_with_such_words_is_not_repeated() -> None:
    """Where the words stand in a subject, the letter names the matter in general."""
    made = matter()
    view = cases_view(made)
    from worker.domain.judgement import Field
    from worker.notices.facts import _matter
    from worker.notices.words import WORDS

    spoiled = replace(view.messages[0], evidence=(replace(view.evidence[0], field=Field.SUBJECT),))
    assert _matter(replace(view, messages=(spoiled, *view.messages[1:])), WORDS["ja"]) == "当社窓口へのお問い合わせ"
    assert _matter(view, WORDS["ja"]) == "サーバーの件"


def cases_view(made: Matter) -> Any:
    """The case's page."""
    from worker.cases.queries import case_view

    return case_view(made.case.pk)


def test_no_letter_without_decision_clause_or_organisation() -> None:
    """What a letter rests on is asked for by name."""
    made = matter(decided=False)
    with pytest.raises(Incomplete) as caught:
        made.draft()
    assert set(caught.value.faults) == {"decision"}
    made.decide("none")
    with pytest.raises(Incomplete) as caught:
        made.draft()
    assert set(caught.value.faults) == {"decision"}
    user = made.kondo
    verdict = cases.Verdict(
        cases.Answer.NO,
        cases.Answer.NO,
        cases.Answer.YES,
        cases.Conclusion.APPEARS,
        "威迫が見受けられます、確認中です。",
        accommodation_checked=True,
    )
    cases.decide(made.case.pk, user, verdict, policy(), made.case.version, NOW)
    with pytest.raises(Incomplete) as caught:
        made.draft()
    assert set(caught.value.faults) == {"clauses"}


def test_no_letter_about_a_person_without_organisation() -> None:
    """Somebody who belongs to no organisation gets no letter to an organisation; nor does a closed case."""
    made = matter()
    made.case.counterpart.organisation = None
    made.case.counterpart.save()
    made.case.organisation = None
    made.case.save()
    with pytest.raises(Incomplete) as caught:
        made.draft()
    assert set(caught.value.faults) == {"organisation"}


def test_a_closed_case_takes_no_draft(at: Matter) -> None:
    """A letter needs an open case."""
    cases.close(at.case.pk, at.kondo, at.case.version, NOW)
    with pytest.raises(Incomplete) as caught:
        at.draft()
    assert set(caught.value.faults) == {"case"}


@pytest.mark.parametrize("address", [desk.TANABE, "Suzuki@Client.example"])
def test_nobody_of_the_mails_is_the_recipient(at: Matter, address: str) -> None:
    """Neither the counterpart nor somebody who was copied can be addressed, however the address is spelt."""
    receive(
        raw("返金しろ。", at=NOW, cc="suzuki@client.example", subject="Re: サーバーの件", answers="<a@client.example>")
    )
    organisation = at.case.organisation
    assert organisation is not None
    at.contact_id = desk.contact(organisation, address).pk
    with pytest.raises(Incomplete) as caught:
        at.draft()
    assert set(caught.value.faults) == {"contact"}


def test_a_contact_of_somebody_else_is_refused(at: Matter) -> None:
    """The contact belongs to the case's organisation."""
    at.contact_id = desk.contact(desk.client("株式会社べつ", "betsu.example"), "x@betsu.example").pk
    with pytest.raises(Incomplete) as caught:
        at.draft()
    assert set(caught.value.faults) == {"contact"}


def test_who_may_not_draft(at: Matter) -> None:
    """A reader is refused."""
    at.mori = desk.person("ueda", "reader")
    with pytest.raises(NotAllowed):
        at.draft()


def test_the_author_words_the_letter(at: Matter) -> None:
    """Wording changes, facts can be left out and their sentence reworded; the diff shows it."""
    notice = at.draft()
    facts = [dict(fact) for fact in notice.variables["facts"][1:]]
    facts[0]["what"] = "貴社ご担当者様から、次の電子メールを頂きました。"
    changed = services.edit(
        notice.pk, at.mori, template(), {"facts": facts, "our_part": "ご案内が遅れました。"}, notice.version, NOW
    )
    assert "ご案内が遅れました。" in changed.text
    assert "次の電子メールを頂きました。" in changed.text
    assert changed.version == notice.version + 1
    marks = {(line.mark, line.text.strip()) for line in queries.diff_lines(changed, template())}
    assert ("+", "ご案内が遅れました。") in marks
    assert any(mark == "-" and "11月16日" in text for mark, text in marks)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recipient": {"organisation": "x", "title": "", "name": "y"}}, "recipient"),
        ({"clauses": []}, "clauses"),
        ({"reference_number": "X"}, "reference_number"),
    ],
)
def test_facts_of_the_case_are_not_the_authors(at: Matter, changes: dict[str, Any], field: str) -> None:
    """Recipient, clauses and reference are refused; so are invented facts, quotations and addresses."""
    notice = at.draft()
    with pytest.raises(Incomplete) as caught:
        services.edit(notice.pk, at.mori, template(), changes, notice.version, NOW)
    assert set(caught.value.faults) == {field}


def test_quotations_and_answers_address_stay(at: Matter) -> None:
    """A quotation that was not written, facts in another order, or another address for answers are refused."""
    notice = at.draft()
    facts = notice.variables["facts"]
    for wrong in ([{**facts[0], "quote": "殺す"}], [facts[1], facts[0]], [*facts, facts[0]]):
        with pytest.raises(Incomplete) as caught:
            services.edit(notice.pk, at.mori, template(), {"facts": wrong}, notice.version, NOW)
        assert set(caught.value.faults) == {"facts"}
    for entry in ({"address": "evil@evil.example"}, {"more": "x"}):
        changes = {"desk": {**notice.variables["desk"], **entry}}
        with pytest.raises(Incomplete) as caught:
            services.edit(notice.pk, at.mori, template(), changes, notice.version, NOW)
        assert set(caught.value.faults) == {"desk"}
    named = {**notice.variables["desk"], "contact_name": "室長 川口 葵"}
    assert "川口 葵" in services.edit(notice.pk, at.mori, template(), {"desk": named}, notice.version, NOW).text


def test_an_emptied_or_unknown_variable_is_named(at: Matter) -> None:
    """The template says what it needs and what it does not know."""
    notice = at.draft()
    for changes in ({"request": []}, {"deadline": "soon"}, {"unknown": "x"}):
        with pytest.raises(NoticeError, match=next(iter(changes))):
            services.edit(notice.pk, at.mori, template(), changes, notice.version, NOW)


def test_only_the_author_words_it(at: Matter) -> None:
    """Others are refused, and so is the author without the role; an old version is stale."""
    notice = at.draft()
    with pytest.raises(NotAllowed, match="Mori"):
        services.edit(notice.pk, at.kondo, template(), {"our_part": "x"}, notice.version, NOW)
    services.edit(notice.pk, at.mori, template(), {"our_part": "一"}, notice.version, NOW)
    with pytest.raises(Stale, match="Mori"):
        services.edit(notice.pk, at.mori, template(), {"our_part": "二"}, notice.version, NOW)


def test_an_incomplete_letter_is_not_submitted(at: Matter) -> None:
    """Without facts, quotation, clause, request, deadline or contact a letter cannot be submitted."""
    notice = at.draft()
    for name in ("facts", "clauses", "request", "deadline"):
        bare = {**notice.variables, name: [] if name != "deadline" else ""}
        Notice.objects.filter(pk=notice.pk).update(variables=bare)
        with pytest.raises(Incomplete) as caught:
            services.submit(notice.pk, at.mori, template(), notice.version, NOW)
        assert name in caught.value.faults
    unquoted = [{**fact, "quote": ""} for fact in notice.variables["facts"]]
    Notice.objects.filter(pk=notice.pk).update(variables={**notice.variables, "facts": unquoted})
    with pytest.raises(Incomplete) as caught:
        services.submit(notice.pk, at.mori, template(), notice.version, NOW)
    assert set(caught.value.faults) == {"facts.quote"}


def test_a_letter_whose_ground_has_moved_is_not_submitted(at: Matter) -> None:
    """A new decision, a closed case, a passed deadline, a changed contact or a copied recipient stop it."""
    notice = at.draft()

    def fault(now: Any = NOW) -> str:
        with pytest.raises(Incomplete) as caught:
            services.submit(notice.pk, at.mori, template(), notice.version, now)
        return caught.value.faults["letter"]

    assert "day for the answer" in fault(NOW + timedelta(days=60))
    organisation = at.case.organisation
    assert organisation is not None
    contact = organisation.contacts.get()
    contact.address = "new@client.example"
    contact.save()
    assert "changed in the directory" in fault()
    contact.address = "aoki@client.example"
    contact.save()
    receive(
        raw("返金しろ。", at=NOW, cc="aoki@client.example", subject="Re: サーバーの件", answers="<a@client.example>")
    )
    assert "stands in the mails" in fault()
    at.decide()
    assert "decided anew" in fault()


def test_the_second_person_approves(at: Matter) -> None:
    """Approval freezes the text by its digest, names the approver, and puts the letter into the outbox."""
    notice = at.submitted()
    approved = services.approve(notice.pk, at.kondo, services.digest_of(notice), NOW)
    assert (approved.state, approved.approver, approved.approved_at) == ("queued", at.kondo, NOW)
    assert approved.digest == services.digest_of(approved)
    assert services.due(NOW) == [notice.pk]
    assert [event.action for event in queries.one(notice.pk).events.all()] == [
        "drafted",
        "submitted",
        "approved",
        "queued",
    ]
    assert AuditEntry.objects.filter(action="notice.approve", actor="kondo").count() == 1


def test_nobody_approves_their_own(at: Matter) -> None:
    """An author who may approve others' letters is refused, and so is the row itself."""
    grant(at.mori, Role.MANAGER, desk.day("2020-01-01"), None)
    notice = at.submitted()
    with pytest.raises(NotAllowed, match="other than its author"):
        services.approve(notice.pk, at.mori, services.digest_of(notice), NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(approver=at.mori)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(state="queued")


def test_who_may_not_approve(at: Matter) -> None:
    """Desk staff are told which roles may."""
    notice = at.submitted()
    with pytest.raises(NotAllowed, match="manager"):
        services.approve(notice.pk, desk.person("okada", "desk"), services.digest_of(notice), NOW)


def test_what_was_not_seen_is_not_approved(at: Matter) -> None:
    """A letter that was reworded after it was shown is refused, and so is one that is no longer submitted."""
    notice = at.submitted()
    seen = services.digest_of(notice)
    changed = services.edit(notice.pk, at.mori, template(), {"our_part": "お詫びします。"}, notice.version, NOW)
    with pytest.raises(Stale):
        services.approve(notice.pk, at.kondo, seen, NOW)
    with pytest.raises(Stale, match="Draft"):
        services.approve(notice.pk, at.kondo, services.digest_of(changed), NOW)


def test_a_letter_that_could_not_leave_is_not_approved(at: Matter) -> None:
    """The checks of sending are asked at approval too."""
    notice = at.submitted()
    at.decide()
    with pytest.raises(Incomplete, match="decided anew"):
        services.approve(notice.pk, at.kondo, services.digest_of(notice), NOW)


def test_sent_back_with_a_reason(at: Matter) -> None:
    """The author gets the letter back with what to change; without a reason it stays."""
    notice = at.submitted()
    with pytest.raises(Incomplete):
        services.send_back(notice.pk, at.kondo, " ", NOW)
    back = services.send_back(notice.pk, at.kondo, "事実1は不要です", NOW)
    assert back.state == "draft"
    assert queries.one(notice.pk).events.all().last().note == "事実1は不要です"
    with pytest.raises(NotAllowed):
        services.send_back(notice.pk, at.mori, "x", NOW)


def test_withdrawing(at: Matter) -> None:
    """Author and approver can give a letter up until it is under way, with a reason; nobody else can."""
    queued = at.queued()
    with pytest.raises(Incomplete):
        services.withdraw(queued.pk, at.mori, "", queued.version, NOW)
    with pytest.raises(NotAllowed):
        services.withdraw(queued.pk, desk.person("okada", "desk"), "不要", queued.version, NOW)
    gone = services.withdraw(queued.pk, at.mori, "和解したため", queued.version, NOW)
    assert gone.state == "withdrawn"
    assert services.due(NOW) == []
    with pytest.raises(Stale):
        services.withdraw(queued.pk, at.kondo, "もう一度", gone.version, NOW)


def test_rewording_takes_the_approval_away(at: Matter) -> None:
    """An approved letter that is reworded is a draft again and leaves the outbox."""
    queued = at.queued()
    changed = services.edit(queued.pk, at.mori, template(), {"our_part": "お詫びします。"}, queued.version, NOW)
    assert (changed.state, changed.approver, changed.digest) == ("draft", None, "")
    assert services.due(NOW + timedelta(days=1)) == []


def test_lists_of_letters(at: Matter) -> None:
    """Of a case newest first; waiting ones; and the case's queue row counts what waits for approval."""
    one, two = at.submitted(), at.draft()
    assert [notice.pk for notice in queries.of_case(at.case.pk)] == [two.pk, one.pk]
    assert [notice.pk for notice in queries.waiting()] == [one.pk]
    assert queries.in_doubt() == []
    assert [row.to_approve for row in queue(QueueFilter(), desk.day("2026-11-20"))] == [1]


def test_mail_before_the_approval_holds_nothing(at: Matter) -> None:
    """What the counterpart wrote before the approval was there to be read; the letter goes into the outbox."""
    apology()
    assert at.queued().state == "queued"
    assert sender().address == desk.DESK_ADDRESS
