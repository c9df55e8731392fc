"""Coming in, going out, and what each person chooses for themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.desk.conftest import SignedIn
from tests.support import desk
from worker.desk.links import LIFE, sign_in_path
from worker.directory.models import AuditEntry, User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def known(name: str, *roles: str) -> User:
    """Somebody whose password is :data:`PASSWORD`."""
    user = desk.person(name, *roles)
    user.set_password(PASSWORD)
    user.save()
    return user


def test_the_right_password_signs_in_and_leads_to_where_one_wanted_to_go(browser: Client) -> None:
    """Whoever was sent to sign in goes on to the page asked for; the log has a line."""
    user = known("mori", "desk")
    wanted = browser.get(reverse("outbox")).headers["Location"]
    answer = browser.post(wanted, {"username": "mori", "password": PASSWORD, "next": reverse("outbox")})
    assert answer.headers["Location"] == reverse("outbox")
    assert browser.get(reverse("outbox")).status_code == 200
    assert AuditEntry.objects.filter(actor="mori", action="sign-in", subject=f"user {user.pk}").exists()


def test_a_wrong_password_says_only_that_the_two_do_not_fit(browser: Client) -> None:
    """Neither a wrong name nor a wrong password is told apart, and nobody is signed in."""
    known("mori", "desk")
    told = [
        browser.post(reverse("sign-in"), {"username": name, "password": "wrong"}, headers={"accept-language": "en"})
        for name in ("mori", "nobody")
    ]
    assert all("do not fit together" in answer.content.decode() for answer in told)
    assert browser.get(reverse("queue")).status_code == 302


def test_signing_in_never_leads_to_another_host(browser: Client) -> None:
    """A forged address to go on to is ignored."""
    known("mori", "desk")
    data = {"username": "mori", "password": PASSWORD, "next": "https://evil.example/"}
    assert browser.post(reverse("sign-in"), data).headers["Location"] == reverse("home")


def test_a_link_signs_in_once(browser: Client) -> None:
    """The second use of a one-time link leads to the sign-in page and says why."""
    path = sign_in_path(desk.person("mori", "desk"))
    assert browser.get(path).headers["Location"] == reverse("home")
    assert browser.get(reverse("queue")).status_code == 200
    other = Client(headers={"host": "127.0.0.1"})
    answer = other.get(path, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("sign-in")
    assert "使用済み" in answer.content.decode()


def test_a_link_is_void_once_the_person_has_signed_in_otherwise(browser: Client) -> None:
    """It was made for somebody who is not in yet."""
    user = known("mori", "desk")
    path = sign_in_path(user)
    browser.post(reverse("sign-in"), {"username": "mori", "password": PASSWORD})
    other = Client(headers={"host": "127.0.0.1"})
    assert other.get(path).headers["Location"] == reverse("sign-in")


def test_a_link_lives_for_half_an_hour(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Afterwards it is void."""
    path = sign_in_path(desk.person("mori", "desk"))
    real = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: real() + LIFE + 60)
    assert browser.get(path).headers["Location"] == reverse("sign-in")


def test_a_forged_link_and_one_of_somebody_disabled_are_void(browser: Client) -> None:
    """A link is signed, and an account that was closed opens nothing."""
    user = desk.person("mori", "desk")
    path = sign_in_path(user)
    assert browser.get(f"{path}x").headers["Location"] == reverse("sign-in")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert browser.get(path).headers["Location"] == reverse("sign-in")


def test_a_link_for_somebody_who_was_here_before_works_too(browser: Client) -> None:
    """An earlier visit does not matter, only one after the link was made."""
    user = desk.person("mori", "desk")
    user.last_login = timezone.now() - timedelta(days=3)
    user.save()
    assert browser.get(sign_in_path(user)).headers["Location"] == reverse("home")


def test_signing_out_ends_the_session(signed_in: SignedIn) -> None:
    """Afterwards the pages are closed again."""
    client = signed_in("desk")
    assert client.post(reverse("sign-out")).headers["Location"] == reverse("sign-in")
    assert client.get(reverse("queue")).status_code == 302


@pytest.mark.parametrize(
    ("role", "first"),
    [("desk", "queue"), ("auditor", "policy"), ("administrator", "directory"), ("consultation", "policy")],
)
def test_the_first_page_is_one_that_the_person_may_open(role: str, first: str, signed_in: SignedIn) -> None:
    """Nobody lands on a page that refuses."""
    assert signed_in(role).get(reverse("home")).headers["Location"] == reverse(first)


def test_the_language_is_each_persons_own(signed_in: SignedIn) -> None:
    """Japanese first; saved for the person, whatever the browser asks for."""
    client = signed_in("desk", language="ja")
    page = client.get(reverse("queue"), headers={"accept-language": "en"}).content.decode()
    assert '<html lang="ja">' in page
    assert "いま確認が必要なものはありません" in page
    client.post(reverse("preferences"), {"language": "en", "veil": "on"})
    page = client.get(reverse("queue")).content.decode()
    assert '<html lang="en">' in page
    assert "Nothing needs your eyes just now." in page


def test_before_signing_in_the_language_can_be_chosen(browser: Client) -> None:
    """The choice is kept in a cookie; an unknown one is not."""
    browser.post(reverse("language"), {"language": "en", "next": reverse("sign-in")})
    assert "User name" in browser.get(reverse("sign-in")).content.decode()
    browser.post(reverse("language"), {"language": "xx"})
    assert browser.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


def test_the_veil_is_each_persons_own(signed_in: SignedIn) -> None:
    """Whoever switches it off sees it off; for others it stays."""
    client = signed_in("desk", name="mori")
    desk.person("kondo", "desk")
    client.post(reverse("preferences"), {"language": "en"})
    assert not User.objects.get(username="mori").veil
    assert User.objects.get(username="kondo").veil


def test_unknown_preferences_are_refused(signed_in: SignedIn) -> None:
    """The page is shown again and nothing is saved."""
    client = signed_in("desk", name="mori")
    assert client.post(reverse("preferences"), {"language": "xx"}).status_code == 200
    assert User.objects.get(username="mori").language == "en"
