"""People and their roles, for administrators."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.conftest import SignedIn
from tests.support import desk
from worker.directory.models import AuditEntry, RoleGrant, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(signed_in: SignedIn) -> Client:
    """An administrator's browser."""
    return signed_in("administrator", name="kanri")


def newcomer(**changes: object) -> dict[str, object]:
    """A new person as the form sends it."""
    return {
        "name": "近藤 明",
        "username": "kondo",
        "password": "a quiet reading room",
        "roles": ["desk", "auditor"],
        "language": "ja",
        **changes,
    }


def test_a_person_is_added_and_can_sign_in(administrator: Client, browser: Client) -> None:
    """With a name, a first password and roles from today on; the log says by whom."""
    assert administrator.post(reverse("person-new"), newcomer()).status_code == 302
    made = User.objects.get(username="kondo")
    assert made.shown_name == "近藤 明"
    assert sorted(made.grants.values_list("role", flat=True)) == ["auditor", "desk"]
    browser.post(reverse("sign-in"), {"username": "kondo", "password": "a quiet reading room"})
    assert browser.get(reverse("queue")).status_code == 200
    assert AuditEntry.objects.filter(actor="kanri", action="user.create").exists()
    assert "近藤 明" in administrator.get(reverse("people")).content.decode()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"username": "KANRI"}, "has this user name already"),
        ({"username": "two words"}, "valid value"),
        ({"password": "short"}, "at least 12 characters"),
        ({"name": ""}, "required"),
        ({"roles": ["king"]}, "valid choice"),
    ],
)
def test_a_person_that_will_not_do_is_told(changes: dict[str, object], told: str, administrator: Client) -> None:
    """Beside the field; nobody is added, and the password never comes back on the page."""
    page = administrator.post(reverse("person-new"), newcomer(**changes)).content.decode()
    assert told in page
    assert "a quiet reading room" not in page
    assert User.objects.count() == 1


def test_a_role_is_given_for_a_while(administrator: Client) -> None:
    """A deputy has an end; the page shows both days."""
    user, today = desk.person("kondo"), timezone.localdate()
    data = {
        "user": user.pk,
        "role": "manager",
        "since": today.isoformat(),
        "until": (today + timedelta(days=5)).isoformat(),
    }
    assert administrator.post(reverse("grant-new"), data).status_code == 302
    grant = RoleGrant.objects.get(user=user)
    assert (grant.role, grant.until) == ("manager", today + timedelta(days=5))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"until": "2020-01-01"}, "before the beginning"),
        ({"role": "king"}, "valid choice"),
        ({"user": "99"}, "valid choice"),
    ],
)
def test_a_grant_that_will_not_do_is_told(changes: dict[str, str], told: str, administrator: Client) -> None:
    """Beside the field, and nobody gets a role."""
    user = desk.person("kondo")
    data = {"user": str(user.pk), "role": "manager", "since": timezone.localdate().isoformat(), **changes}
    assert told in administrator.post(reverse("grant-new"), data).content.decode()
    assert not RoleGrant.objects.filter(user=user).exists()


def test_a_role_ends_today(administrator: Client) -> None:
    """Whoever holds it keeps it to the end of the day; one that begins later ends with its first day."""
    user, today = desk.person("kondo", "desk"), timezone.localdate()
    grant = RoleGrant.objects.get(user=user)
    administrator.post(reverse("grant-end", args=[grant.pk]))
    grant.refresh_from_db()
    assert grant.until == today
    later = RoleGrant.objects.create(user=user, role="manager", since=today + timedelta(days=3))
    administrator.post(reverse("grant-end", args=[later.pk]))
    later.refresh_from_db()
    assert later.until == later.since


def test_an_unknown_grant_is_not_found(administrator: Client) -> None:
    """Nothing ends."""
    assert administrator.post(reverse("grant-end", args=[99])).status_code == 404


def test_whoever_gives_roles_does_not_read(administrator: Client) -> None:
    """Configuring is not reading: neither cases nor letters nor originals."""
    for name in ("queue", "outbox", "sent-mail"):
        assert administrator.get(reverse(name)).status_code == 403
