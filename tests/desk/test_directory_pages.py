"""Organisations: entered, changed, imported."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.desk.conftest import SignedIn
from tests.support import desk
from worker import wiring_state
from worker.directory.models import AuditEntry, Organisation

pytestmark = pytest.mark.django_db


def entry(**changes: str) -> dict[str, str]:
    """An organisation as the form sends it."""
    return {
        "name": "有限会社みなと商店",
        "kind": "client",
        "domains": "minato.example\r\nShop.Minato.example",
        "contacts": "森 恵, 店長 <mori@minato.example>\r\n総務係 <soumu@minato.example>",
        "language": "ja",
        "account_owner": "",
        "contract_clause": "第18条",
        "contract_scope": "店舗の保守",
        "hours": "Mon-Fri 09:00-17:30\r\nSat 09:00-12:00",
        "holidays": "jp",
        "timezone": "Asia/Tokyo",
        "policy_confirmed_on": "2026-04-01",
        "policy_version": "2023-01-31",
        **changes,
    }


@pytest.fixture
def manager(signed_in: SignedIn) -> Client:
    """A manager's browser."""
    return signed_in("manager", name="manager")


def test_an_organisation_is_entered_with_all_that_letters_rest_on(manager: Client) -> None:
    """Domains in lower case, contacts with their posts, the contract's own hours, and the policy's confirmation."""
    answer = manager.post(reverse("organisation-new"), entry())
    made = Organisation.objects.get()
    assert answer.headers["Location"] == reverse("organisation", args=[made.pk])
    assert sorted(each.domain for each in made.domains.all()) == ["minato.example", "shop.minato.example"]
    contacts = [(each.name, each.title, each.address) for each in made.contacts.order_by("pk")]
    assert contacts == [("森 恵", "店長", "mori@minato.example"), ("総務係", "", "soumu@minato.example")]
    assert made.policy_confirmed_on == date(2026, 4, 1)
    calendar = wiring_state.calendar_for(made)
    saturday = desk.NOW.replace(day=21, hour=11)
    assert calendar.is_open(saturday)
    assert not calendar.is_open(saturday.replace(hour=13))
    assert AuditEntry.objects.filter(actor="manager", action="organisation.save").exists()


def test_the_form_shows_what_was_entered(manager: Client) -> None:
    """Saving the page as it is changes nothing."""
    manager.post(reverse("organisation-new"), entry())
    made = Organisation.objects.get()
    page = manager.get(reverse("organisation", args=[made.pk])).content.decode()
    for words in ("森 恵, 店長 &lt;mori@minato.example&gt;", "shop.minato.example", "Mon-Fri 09:00-17:30", "第18条"):
        assert words in page


def test_an_organisation_is_changed_and_keeps_its_contacts_rows(manager: Client) -> None:
    """A contact that stays keeps its identity, so that letters still know it; one taken out goes."""
    manager.post(reverse("organisation-new"), entry())
    made = Organisation.objects.get()
    kept = made.contacts.get(address="mori@minato.example").pk
    changes = {"contacts": "森 恵, 店主 <mori@minato.example>", "domains": "minato.example", "hours": ""}
    manager.post(reverse("organisation", args=[made.pk]), entry(**changes))
    made.refresh_from_db()
    (contact,) = made.contacts.all()
    assert (contact.pk, contact.title) == (kept, "店主")
    assert made.domains.count() == 1
    assert made.calendar is None


def test_people_already_known_are_linked_by_their_domain(manager: Client) -> None:
    """Mail came first, the organisation was entered afterwards."""
    desk.receive(desk.raw("返金。", sender="a@minato.example"))
    manager.post(reverse("organisation-new"), entry())
    assert desk.counterpart("a@minato.example").organisation == Organisation.objects.get()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "required"),
        ({"domains": "not a domain"}, "is not a mail domain"),
        ({"domains": "gmail.com"}, "belongs to nobody"),
        ({"domains": "client.example"}, "belongs to 株式会社クライアント already"),
        ({"name": "株式会社クライアント"}, "of this name already"),
        ({"contacts": "森 恵"}, "cannot be read"),
        ({"contacts": "森 恵 <mori@>"}, "is not a mail address"),
        ({"hours": "every day"}, "cannot be read"),
        ({"hours": "Mon-Xyz 10:00-18:00"}, "hours cannot be read"),
        ({"hours": "Mon-Fri 10:00-18:61"}, "hours cannot be read"),
        ({"timezone": "Mars/Base"}, "is not a time zone"),
        ({"holidays": "XX"}, "No holidays are known"),
        ({"policy_confirmed_on": "yesterday"}, "valid date"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_saved(changes: dict[str, str], told: str, manager: Client) -> None:
    """With everything typed still on the page."""
    desk.client()
    page = manager.post(reverse("organisation-new"), entry(**changes)).content.decode()
    assert told in page
    assert "店舗の保守" in page
    assert Organisation.objects.count() == 1


def test_readers_see_and_do_not_change(signed_in: SignedIn, manager: Client) -> None:
    """The page shows the facts; a forged form changes nothing."""
    manager.post(reverse("organisation-new"), entry())
    made = Organisation.objects.get()
    reader = signed_in("reader")
    page = reader.get(reverse("organisation", args=[made.pk])).content.decode()
    assert "mori@minato.example" in page
    assert "Mon-Fri 09:00-17:30" in page
    assert 'name="domains"' not in page
    reader.post(reverse("organisation", args=[made.pk]), entry(name="別名"))
    made.refresh_from_db()
    assert made.name == "有限会社みなと商店"


def test_cases_show_beside_an_organisation_to_those_who_may_read_them(signed_in: SignedIn) -> None:
    """Not to an administrator."""
    organisation = desk.client()
    desk.assess(desk.receive(desk.raw("ただではおかない。")))
    address = reverse("organisation", args=[organisation.pk])
    assert "C-0" in signed_in("reader").get(address).content.decode()
    assert "C-0" not in signed_in("administrator").get(address).content.decode()


def test_the_list_shows_each_organisation_and_an_empty_one_teaches(manager: Client) -> None:
    """With its domains and how many contacts there are."""
    assert "letters go to the organisation" in manager.get(reverse("directory")).content.decode()
    manager.post(reverse("organisation-new"), entry())
    page = manager.get(reverse("directory")).content.decode()
    assert "有限会社みなと商店" in page
    assert "minato.example" in page


CSV = "name,domains,contact_name,contact_address\n有限会社みなと商店,minato.example,森 恵,mori@minato.example\n"


def upload(client: Client, content: bytes) -> str:
    """The page after looking at a file."""
    file = SimpleUploadedFile("clients.csv", content, content_type="text/csv")
    return client.post(reverse("organisation-import"), {"file": file}).content.decode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_file_is_shown_first_and_taken_afterwards(encoding: str, manager: Client) -> None:
    """Looking changes nothing; taking takes every row. Files from Excel are read, too."""
    page = upload(manager, CSV.encode(encoding))
    assert "is new" in page
    assert "有限会社みなと商店" in page
    assert Organisation.objects.count() == 0
    page = manager.post(reverse("organisation-import"), {"take": "yes", "text": CSV}, follow=True).content.decode()
    assert "1 organisation was added or changed." in page
    assert Organisation.objects.get().contacts.get().name == "森 恵"


def test_a_file_with_faults_names_rows_and_takes_nothing(manager: Client) -> None:
    """Row and column as a spreadsheet counts them; also where somebody sends the text past the preview."""
    wrong = CSV + "別の会社,minato.example,,\n,,,\n名無し,nodomain,,\n"
    page = upload(manager, wrong.encode())
    assert "nothing was changed" in page
    assert "nodomain" in page
    page = manager.post(reverse("organisation-import"), {"take": "yes", "text": wrong}).content.decode()
    assert "nothing was changed" in page
    assert Organisation.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "empty"), (b"\xff\xfe\x00\x81", "neither UTF-8"), (b"x" * 5_000_001, "larger than 5 MB")],
)
def test_what_is_no_csv_file_is_told(content: bytes, told: str, manager: Client) -> None:
    """Beside the field, in a sentence."""
    assert told in upload(manager, content)
