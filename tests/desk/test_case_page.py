"""The case page: what is there to see, and what people do on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.conftest import SignedIn, as_user
from tests.notices.desk import Matter
from tests.support import desk
from tests.support.desk import NOW, raw, receive
from worker.cases.models import Case, Comment, Incident

pytestmark = pytest.mark.django_db


def page_of(client: Client, case: Case) -> str:
    """The case's page."""
    answer = client.get(reverse("case", args=[case.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def version(case: Case) -> int:
    """The version at present."""
    return Case.objects.values_list("version", flat=True).get(pk=case.pk)


def test_the_summary_says_what_how_severe_how_often_and_since_when(signed_in: SignedIn, undecided: Matter) -> None:
    """The first screenful answers the first questions."""
    page = page_of(signed_in("desk"), undecided.case)
    summary = page[page.index('class="summary"') : page.index('id="decision"')]
    for words in ("High", "Threat", "3 mails", "marked words in 3 of them", "the same demand 3 times", "Mon 16 Nov"):
        assert words in summary


def test_severe_words_lie_under_a_band_that_works_without_script(signed_in: SignedIn, undecided: Matter) -> None:
    """A closed <details> names category, length and whom it is meant for; demands stay readable."""
    page = page_of(signed_in("desk"), undecided.case)
    band = page[page.index('<details class="veil">') :]
    assert "Threat · 1 sentence · to the person in charge" in band
    assert "<mark>ただではおかない</mark>" in band[: band.index("</details>")]
    assert "<mark>返金</mark>" in page[: page.index('<details class="veil">')]


def test_whoever_switched_the_veil_off_sees_the_words(undecided: Matter) -> None:
    """The band is there all the same, open."""
    undecided.mori.veil = False
    undecided.mori.save()
    page = page_of(as_user(undecided.mori), undecided.case)
    assert '<details class="veil" open>' in page
    assert '<details class="veil">' not in page


def test_evidence_is_numbered_with_category_reason_clause_and_rule(signed_in: SignedIn, undecided: Matter) -> None:
    """Each mark leads to a note under its mail; every number stands once on each side."""
    page = page_of(signed_in("desk"), undecided.case)
    numbers = [n for n in range(1, 20) if f'id="e{n}"' in page]
    assert numbers
    assert numbers == list(range(1, len(numbers) + 1))
    for number in numbers:
        assert page.count(f'id="e{number}"') == 1
        assert page.count(f'id="n{number}"') == 1
        assert f'href="#n{number}"' in page
    assert "threat.test" in page


def test_the_ledger_counts_demands_and_answers(signed_in: SignedIn, undecided: Matter) -> None:
    """The n-th time bears its number; an answer that is not known is said so, not 'unanswered'."""
    page = page_of(signed_in("desk"), undecided.case)
    ledger = page[page.index('class="ledger"') : page.index("</ol>", page.index('class="ledger"'))]
    assert [f">{number}</span>" in ledger for number in (1, 2, 3)] == [True] * 3
    assert "We answered" in ledger
    assert "Answer not found" in ledger


def test_the_week_strip_has_words_for_those_who_do_not_see_it(signed_in: SignedIn, undecided: Matter) -> None:
    """An image with a label: which week, how many, how many outside the hours."""
    page = page_of(signed_in("desk"), undecided.case)
    strip = page[page.index('role="img"') :]
    assert "Week of Mon 16 Nov: 4 mails or calls" in strip
    assert "1 from outside came outside the hours of service" in strip


def test_quotes_are_folded(signed_in: SignedIn) -> None:
    """What was quoted is there, closed, with its number of lines."""
    desk.assess(
        receive(
            raw(
                "ただではおかない。\n\n2026年3月3日(火) 10:12 support <support@sample.example>:\n> 返金はいたしかねます。\n> 以上"
            )
        )
    )
    page = page_of(signed_in("desk"), Case.objects.get())
    assert "found in no earlier mail, 2 lines" in page or "earlier mail, 3 lines" in page
    assert "返金はいたしかねます" in page


def test_text_of_a_mail_is_never_taken_as_page(signed_in: SignedIn) -> None:
    """What looks like HTML in a mail, its subject or a name is shown as written."""
    evil = "<script>alert(1)</script>"
    desk.assess(receive(raw(f"ただではおかない。{evil}", subject=evil, sender=f'"{evil}" <x@client.example>')))
    page = page_of(signed_in("desk"), Case.objects.get())
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_a_doubtful_sender_is_said_plainly(signed_in: SignedIn, undecided: Matter) -> None:
    """And that no letter rests on it."""
    from worker.inbox.models import Message

    Message.objects.filter(direction="in").update(authorship="doubted")
    assert "No letter rests on it" in page_of(signed_in("desk"), undecided.case)


def test_what_is_no_longer_kept_is_said(signed_in: SignedIn, undecided: Matter) -> None:
    """A mail whose words were purged, whose original is gone or that was cut says so."""
    from worker.inbox.models import Message

    first, second, *_rest = Message.objects.order_by("at")
    Message.objects.filter(pk=first.pk).update(parsed=None, state="purged", original=None)
    Message.objects.filter(pk=second.pk).update(complete=False)
    page = page_of(signed_in("desk"), undecided.case)
    assert "no longer kept" in page
    assert "very large" in page
    assert reverse("message-source", args=[first.pk]) not in page
    assert reverse("message-source", args=[second.pk]) in page


def test_a_reader_sees_everything_and_can_do_nothing(signed_in: SignedIn, decided: Matter) -> None:
    """No form but the one for signing out."""
    page = page_of(signed_in("reader"), decided.case)
    assert page.count("<form") == page.count(reverse("sign-out")) + page.count('method="dialog"')
    assert reverse("decide", args=[decided.case.pk]) not in page


def test_there_is_one_primary_button_at_most(signed_in: SignedIn, undecided: Matter) -> None:
    """Decide at first, then draft; never two."""
    client = signed_in("manager")
    assert page_of(client, undecided.case).count("primary") == 1
    undecided.decide()
    page = page_of(client, undecided.case)
    assert page.count("primary") == 1
    assert reverse("notice-new", args=[undecided.case.pk]) in page


def test_an_unknown_case_is_not_found(signed_in: SignedIn, undecided: Matter) -> None:
    """On every address of a case."""
    client = signed_in("manager")
    for name in ("case", "decide", "notice-new"):
        assert client.get(reverse(name, args=[99])).status_code == 404
    for name in ("assign", "comment", "still-to-answer", "close-case"):
        assert client.post(reverse(name, args=[99])).status_code == 404


def test_the_page_asks_the_database_few_questions(
    signed_in: SignedIn, decided: Matter, django_assert_max_num_queries: object
) -> None:
    """Twenty at most, however many mails there are."""
    decided.draft()
    client = signed_in("manager")
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        page_of(client, decided.case)


def test_somebody_takes_a_case_hands_it_over_and_lays_it_back(undecided: Matter) -> None:
    """Each step says with whom the case is now."""
    client, case = as_user(undecided.mori), undecided.case
    for assignee, told in ((undecided.mori.pk, "Mori"), (undecided.kondo.pk, "Kondo"), ("", "一覧に戻しました")):
        data = {"version": version(case), "assignee": assignee}
        answer = client.post(reverse("assign", args=[case.pk]), data, follow=True)
        case.refresh_from_db()
        assert case.assignee_id == (assignee or None)
        assert told in answer.content.decode()


def test_a_case_goes_to_nobody_who_may_not_work_on_it(undecided: Matter) -> None:
    """An administrator does not read; somebody unknown is not found."""
    client, case = as_user(undecided.mori), undecided.case
    outsider = desk.person("kanri", "administrator")
    data = {"version": version(case), "assignee": outsider.pk}
    page = client.post(reverse("assign", args=[case.pk]), data, follow=True).content.decode()
    assert "担当できません" in page
    assert client.post(reverse("assign", args=[case.pk]), {"version": 1, "assignee": 9999}).status_code == 404
    case.refresh_from_db()
    assert case.assignee is None


def test_whoever_was_slower_is_told_and_nothing_is_overwritten(undecided: Matter) -> None:
    """Two people open the same case; the second one's save says who was first."""
    case, seen = undecided.case, version(undecided.case)
    as_user(undecided.kondo).post(reverse("still-to-answer", args=[case.pk]), {"version": seen, "text": "見積書"})
    answer = as_user(undecided.mori).post(
        reverse("still-to-answer", args=[case.pk]), {"version": seen, "text": "別の文"}, follow=True
    )
    assert "Kondoさんが保存しました" in answer.content.decode()
    case.refresh_from_db()
    assert case.still_to_answer == "見積書"


@pytest.mark.parametrize("given", ["", "x", "-1", "99999999999999999999"])
def test_a_save_without_a_version_is_refused(given: str, undecided: Matter) -> None:
    """What does not say which page it was made from counts as too old."""
    as_user(undecided.mori).post(
        reverse("still-to-answer", args=[undecided.case.pk]), {"version": given, "text": "見積書"}
    )
    undecided.case.refresh_from_db()
    assert undecided.case.still_to_answer == ""


def test_what_still_has_to_be_answered_stays_on_the_page(undecided: Matter) -> None:
    """A legitimate demand is kept beside the decision."""
    client, case = as_user(undecided.mori), undecided.case
    client.post(reverse("still-to-answer", args=[case.pk]), {"version": version(case), "text": "復旧報告書"})
    assert "復旧報告書" in page_of(client, case)


def test_a_remark_is_added_and_an_empty_one_is_not(undecided: Matter) -> None:
    """Remarks stand under the mails, with name and time."""
    client, case = as_user(undecided.mori), undecided.case
    client.post(reverse("comment", args=[case.pk]), {"text": "電話は折り返さないこと"})
    assert "電話は折り返さないこと" in page_of(client, case)
    answer = client.post(reverse("comment", args=[case.pk]), {"text": "  "}, follow=True)
    assert "メモを書いてください" in answer.content.decode()
    assert Comment.objects.count() == 1


def test_a_decided_case_is_closed_and_an_undecided_one_is_not(undecided: Matter) -> None:
    """Closing asks for a decision first; a closed case shows when, and can only be read."""
    client, case = as_user(undecided.kondo), undecided.case
    answer = client.post(reverse("close-case", args=[case.pk]), {"version": version(case)}, follow=True)
    assert "判断を記録してください" in answer.content.decode()
    undecided.decide()
    client.post(reverse("close-case", args=[case.pk]), {"version": version(case)})
    case.refresh_from_db()
    assert case.state == "closed"
    page = page_of(client, case)
    assert "終了しました" in page
    assert reverse("decide", args=[case.pk]) not in page


def incident(**changes: object) -> dict[str, object]:
    """A call as the form sends it."""
    at = timezone.localtime() - timedelta(hours=2)
    return {
        "channel": "telephone",
        "at": at.strftime("%Y-%m-%dT%H:%M"),
        "minutes": 45,
        "category": "abusive_language",
        "severity": "high",
        "said": "「泥棒」と三度言われた",
        "answered": "書面で回答すると伝えた",
        "repeats": "on",
        **changes,
    }


def test_a_call_joins_the_case_and_stands_in_order(undecided: Matter) -> None:
    """With its length, its words under a veil, and in the ledger where it was the same demand again."""
    client, case = as_user(undecided.mori), undecided.case
    answer = client.post(reverse("incident-new"), incident(case=case.pk))
    assert answer.headers["Location"] == reverse("case", args=[case.pk])
    page = page_of(client, case)
    assert "45分間" in page
    assert "暴言・相手方の言葉のまま" in page
    assert page.index("ただではおかない") < page.index("「泥棒」と三度言われた")
    assert ">4</span>" in page[page.index('class="ledger"') :]


def test_a_call_of_somebody_unknown_opens_a_case(signed_in: SignedIn) -> None:
    """By the mail address of the other side."""
    client = signed_in("desk")
    client.post(reverse("incident-new"), incident(counterpart="new@client.example"))
    case = Case.objects.get()
    assert case.counterpart.address == "new@client.example"
    assert "abusive" in page_of(client, case).lower()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"counterpart": ""}, "Please enter the mail address"),
        ({"counterpart": "no address"}, "valid email"),
        ({"said": ""}, "required"),
        ({"channel": "pigeon"}, "valid choice"),
        ({"at": "2199-01-01T10:00"}, "future"),
        ({"minutes": "-3"}, "greater than"),
    ],
)
def test_an_incomplete_incident_is_told_beside_its_field(
    changes: dict[str, object], told: str, signed_in: SignedIn
) -> None:
    """The page comes back with everything typed, and nothing is recorded."""
    answer = signed_in("desk").post(reverse("incident-new"), incident(**{"counterpart": "a@client.example", **changes}))
    page = answer.content.decode()
    assert told in page
    assert "書面で回答すると伝えた" in page
    assert Incident.objects.count() == 0


@pytest.mark.parametrize("given", ["99", "x"])
def test_an_incident_of_an_unknown_case_is_not_found(given: str, signed_in: SignedIn) -> None:
    """A case that is not there gets no calls."""
    client = signed_in("desk")
    assert client.get(reverse("incident-new"), {"case": given}).status_code == 404
    assert client.post(reverse("incident-new"), incident(case=given)).status_code == 404


def test_a_case_about_our_own_people_is_for_those_who_lead(signed_in: SignedIn, undecided: Matter) -> None:
    """Desk and reader, of whom one may be named in it, open neither page nor deed nor tab; a manager does."""
    Case.objects.update(own_staff=True)
    pages = [reverse(name, args=[undecided.case.pk]) for name in ("case", "decide")]
    for role in ("desk", "reader"):
        client = signed_in(role)
        assert {client.get(page).status_code for page in pages} == {403}
        assert client.post(reverse("comment", args=[undecided.case.pk]), {"text": "x"}).status_code == 403
        assert undecided.case.number not in client.get(reverse("queue"), {"tab": "own"}).text
        assert "Our own people" not in client.get(reverse("queue")).text
    told = signed_in("desk", name="another").get(reverse("incident-new"), {"case": undecided.case.pk})
    assert told.status_code == 404
    colleague = desk.person("colleague", "desk")
    shown = page_of(signed_in("manager"), undecided.case)
    assert undecided.case.number in shown
    assert colleague.shown_name not in shown


def test_our_own_mail_is_meant_for_the_customer(signed_in: SignedIn, undecided: Matter) -> None:
    """In a case about our own people the band says so, and the summary too."""
    receive(raw("返金。ただではおかない。", sender=desk.DESK_ADDRESS, to=desk.TANABE, at=NOW), sent=True)
    Case.objects.update(own_staff=True)
    assert "mail written by our own people" in page_of(signed_in("manager"), undecided.case)


def test_originals_of_a_case_about_our_own_people_are_closed_too(signed_in: SignedIn, undecided: Matter) -> None:
    """Whoever may not open the case may not download its mails either; a manager may."""
    from worker.inbox.models import Message

    Case.objects.update(own_staff=True)
    message = Message.objects.filter(thread__case_threads__case=undecided.case).first()
    assert message is not None
    address = reverse("message-source", args=[message.pk])
    assert signed_in("desk", name="curious").get(address).status_code == 403
    assert signed_in("manager").get(address).status_code == 200
