"""The list of cases."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.conftest import SignedIn
from tests.notices.desk import Matter
from tests.support import desk
from tests.support.desk import raw, receive
from worker.cases.models import Case

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str) -> str:
    """The page at that address."""
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_list_is_calm_and_says_when_the_mailbox_was_last_read(signed_in: SignedIn) -> None:
    """Before any round it says what to do, afterwards when the last one was."""
    from worker.inbox.models import Mailbox

    client = signed_in("desk")
    assert "mamori up" in text_of(client, reverse("queue"))
    Mailbox.objects.create(name="support", last_round_at=desk.NOW)
    assert "last read" in text_of(client, reverse("queue"))


def test_names_stay_out_of_the_list(signed_in: SignedIn, undecided: Matter) -> None:
    """A list shows the organisation and a code for the person; name and address show on the opened case."""
    client = signed_in("desk")
    page = text_of(client, reverse("queue"))
    assert undecided.case.counterpart.pseudonym in page
    assert "株式会社クライアント" in page
    assert desk.TANABE not in page
    assert desk.TANABE in text_of(client, reverse("case", args=[undecided.case.pk]))


def test_the_list_says_how_severe_in_a_word_and_a_shape(signed_in: SignedIn, undecided: Matter) -> None:
    """Colour is never the only sign; the gravest category comes first."""
    page = text_of(signed_in("desk"), reverse("queue"))
    assert "▲" in page
    assert "High" in page
    assert page.index("Threat") < page.index("Repeated demand")


def test_the_tabs_show_what_they_say(signed_in: SignedIn, undecided: Matter) -> None:
    """A case moves from review to in hand when somebody takes it, and to closed at the end."""
    client = signed_in("desk", name="sasaki")
    number = undecided.case.number
    shown = {tab: number in text_of(client, reverse("queue") + f"?tab={tab}") for tab in ("review", "in_hand", "mine")}
    assert shown == {"review": True, "in_hand": False, "mine": False}
    client.post(
        reverse("assign", args=[undecided.case.pk]), {"version": undecided.case.version, "assignee": _id("sasaki")}
    )
    shown = {tab: number in text_of(client, reverse("queue") + f"?tab={tab}") for tab in ("review", "in_hand", "mine")}
    assert shown == {"review": False, "in_hand": True, "mine": True}
    Case.objects.update(state="closed")
    assert number in text_of(client, reverse("queue") + "?tab=closed")
    assert number not in text_of(client, reverse("queue"))


def _id(name: str) -> int:
    from worker.directory.models import User

    return User.objects.get(username=name).pk


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("category=threat", True),
        ("category=sexual", False),
        ("severity=high", True),
        ("severity=low", False),
        ("category=nonsense", True),
        ("organisation=0", False),
        ("tab=nonsense", True),
        ("page=99", True),
    ],
)
def test_the_list_can_be_narrowed_down(asked: str, found: bool, signed_in: SignedIn, undecided: Matter) -> None:
    """By category, severity and organisation; what is unknown is left aside."""
    if asked.startswith("organisation"):
        asked = f"organisation={undecided.organisation_id + 99}"
    page = text_of(signed_in("desk"), f"{reverse('queue')}?{asked}")
    assert (undecided.case.number in page) is found


@pytest.mark.parametrize("written", ["{number}", "C-{number}", "c{number}", "C-{number:05d}", " {number} "])
def test_a_number_leads_straight_to_its_case(written: str, signed_in: SignedIn, undecided: Matter) -> None:
    """However people write it."""
    asked = written.format(number=undecided.case.pk)
    answer = signed_in("desk").get(reverse("queue"), {"number": asked})
    assert answer.headers["Location"] == reverse("case", args=[undecided.case.pk])


@pytest.mark.parametrize("asked", ["99999", "abc", "C-", "1 or 1"])
def test_a_number_that_is_none_is_told_calmly(asked: str, signed_in: SignedIn, undecided: Matter) -> None:
    """The list is shown again with a sentence."""
    page = signed_in("desk").get(reverse("queue"), {"number": asked}).content.decode()
    assert "There is no case with the number" in page
    assert undecided.case.number in page


def test_our_own_peoples_cases_have_a_tab_of_their_own(signed_in: SignedIn, undecided: Matter) -> None:
    """They are not mixed into the list, and the tab shows only where there is one."""
    client = signed_in("manager")
    assert "Our own people" not in text_of(client, reverse("queue"))
    Case.objects.update(own_staff=True)
    assert undecided.case.number not in text_of(client, reverse("queue"))
    assert undecided.case.number in text_of(client, reverse("queue") + "?tab=own")


def test_a_long_list_has_pages(signed_in: SignedIn) -> None:
    """Fifty cases on a page, each on exactly one of them."""
    for number in range(52):
        desk.assess(
            receive(raw("ただではおかない。", sender=f"p{number}@client{number}.example", subject=f"件{number}"))
        )
    client = signed_in("desk")
    first, second = text_of(client, reverse("queue")), text_of(client, reverse("queue") + "?tab=open&page=2")
    seen = [[case.number for case in Case.objects.all() if case.number in page] for page in (first, second)]
    assert [len(each) for each in seen] == [50, 2]
    assert set(seen[0]).isdisjoint(seen[1])
    assert 'rel="next"' in first
    assert 'rel="prev"' in second


def test_a_letter_that_waits_for_somebody_shows_in_the_list(signed_in: SignedIn, decided: Matter) -> None:
    """Waiting for approval, in doubt, failed, overdue: each says so under its case."""
    from worker.notices.models import Notice

    decided.submitted()
    client = signed_in("manager")
    assert "1 letter waits for approval" in text_of(client, reverse("queue"))
    Notice.objects.update(state="uncertain", approver=decided.kondo)
    assert "uncertain whether it left" in text_of(client, reverse("queue"))
    Notice.objects.update(state="failed")
    assert "could not be sent" in text_of(client, reverse("queue"))
    Notice.objects.update(state="sent", deadline=desk.day("2026-01-05"))
    assert "the day for an answer has passed" in text_of(client, reverse("queue"))


def test_the_list_asks_the_database_few_questions(
    signed_in: SignedIn, undecided: Matter, django_assert_max_num_queries: object
) -> None:
    """Fifteen queries at most, however many cases there are."""
    client = signed_in("desk")
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        client.get(reverse("queue"))
