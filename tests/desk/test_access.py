"""Who may open what: every page and every action, for every role and for outsiders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.desk.conftest import SignedIn
from tests.notices.desk import Matter
from tests.support import desk
from worker.directory.models import Role, RoleGrant

pytestmark = pytest.mark.django_db

READING = {"reader", "desk", "manager", "executive"}
WORKING = {"desk", "manager"}
DECIDING = {"desk", "manager", "executive"}
LEADING = {"manager", "executive"}
DIRECTORY = READING | {"administrator"}
MAILBOXES = {"manager", "administrator"}
ANYBODY = set(Role.values)

PAGES = {
    "queue": READING,
    "case": READING,
    "decide": DECIDING,
    "incident-new": WORKING,
    "notice-new": WORKING,
    "outbox": READING,
    "notice": READING,
    "notice-edit": WORKING,
    "directory": DIRECTORY,
    "organisation": DIRECTORY,
    "organisation-new": {"manager", "administrator"},
    "organisation-import": {"manager", "administrator"},
    "people": {"administrator"},
    "policy": ANYBODY,
    "mailboxes": DIRECTORY,
    "audit": {"auditor"},
    "message-source": READING,
    "preferences": ANYBODY,
    "keys": ANYBODY,
}
ACTIONS = {
    "assign": WORKING,
    "comment": WORKING,
    "still-to-answer": WORKING,
    "opinion": WORKING,
    "close-case": DECIDING,
    "notice-submit": WORKING,
    "notice-approve": READING,
    "notice-send-back": LEADING,
    "notice-still-stands": LEADING,
    "notice-withdraw": WORKING | LEADING,
    "notice-settle": LEADING,
    "notice-try-again": LEADING,
    "notice-answered": WORKING,
    "person-new": {"administrator"},
    "grant-new": {"administrator"},
    "grant-end": {"administrator"},
    "message-retry": MAILBOXES,
}
ELSEWHERE = {"home", "sign-in", "sign-in-link", "sign-out", "language", "sent-mail", "healthz"}


def address(name: str, matter: Matter) -> str:
    """The address of the page ``name``, about things that exist."""
    from worker.inbox.models import Message
    from worker.notices.models import Notice

    message = Message.objects.order_by("pk").first()
    notice = Notice.objects.first() or matter.draft()
    grant = RoleGrant.objects.order_by("pk").first()
    assert message
    assert grant
    subjects = {
        "case": matter.case.pk,
        "decide": matter.case.pk,
        "assign": matter.case.pk,
        "comment": matter.case.pk,
        "still-to-answer": matter.case.pk,
        "close-case": matter.case.pk,
        "notice-new": matter.case.pk,
        "organisation": matter.organisation_id,
        "message-source": message.pk,
        "opinion": 1,
        "message-retry": message.pk,
        "grant-end": grant.pk,
    }
    if name.startswith("notice") and name != "notice-new":
        return reverse(name, args=[notice.pk])
    return reverse(name, args=[subjects[name]] if name in subjects else [])


def test_every_address_of_the_desk_is_held_against_a_list_of_roles() -> None:
    """No page and no action can be added without saying who may open it."""
    named = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert named == PAGES.keys() | ACTIONS.keys() | ELSEWHERE


@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_its_pages_and_no_others(role: str, signed_in: SignedIn, decided: Matter) -> None:
    """Each page opens for the roles in the list; others get a calm page that refuses."""
    client = signed_in(role)
    for name, roles in PAGES.items():
        answer = client.get(address(name, decided))
        assert (name, answer.status_code) == (name, 200 if role in roles else 403)


@pytest.mark.parametrize("role", Role.values)
def test_a_role_may_do_its_actions_and_no_others(role: str, signed_in: SignedIn, decided: Matter) -> None:
    """Each action is taken from the roles in the list (whether it then fits is another matter); others are refused."""
    client = signed_in(role)
    for name, roles in ACTIONS.items():
        status = client.post(address(name, decided)).status_code
        assert (name, status != 403) == (name, role in roles)


def test_an_outsider_is_led_to_the_sign_in_page(browser: Client, decided: Matter) -> None:
    """Whoever is not signed in sees no page and can do nothing."""
    for name in (*PAGES, *ACTIONS):
        send = browser.post if name in ACTIONS else browser.get
        answer = send(address(name, decided))
        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith(reverse("sign-in")), name


def test_somebody_without_a_role_opens_nothing(signed_in: SignedIn, decided: Matter) -> None:
    """An account alone reads nothing; the first page says who gives roles."""
    client = signed_in()
    for name in PAGES.keys() - {"preferences", "keys"}:
        assert (name, client.get(address(name, decided)).status_code) == (name, 403)
    assert "An administrator" in client.get(reverse("home")).content.decode()


def test_a_role_that_has_ended_opens_nothing(signed_in: SignedIn, decided: Matter) -> None:
    """A grant whose last day has passed no longer counts."""
    client = signed_in("manager")
    RoleGrant.objects.filter(role="manager").update(since=desk.day("2025-01-01"), until=desk.day("2025-01-31"))
    assert client.get(reverse("queue")).status_code == 403


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_an_action_is_not_done_by_following_a_link(name: str, signed_in: SignedIn, decided: Matter) -> None:
    """What changes something takes a form; a link to it is refused."""
    assert signed_in("desk", "manager", "administrator").get(address(name, decided)).status_code == 405


def test_a_form_from_elsewhere_is_refused(decided: Matter) -> None:
    """Without the page's own token nothing is done, and the page says what to do next."""
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(decided.kondo)
    answer = client.post(reverse("comment", args=[decided.case.pk]), {"text": "x"})
    assert answer.status_code == 403
    assert "読み込み直し" in answer.content.decode()


def test_every_page_lets_nothing_in_from_outside(signed_in: SignedIn, decided: Matter) -> None:
    """No inline script or style, no other host, no frame, and nothing stays in a cache."""
    client = signed_in("desk", "manager", "administrator", "auditor")
    for name in PAGES:
        answer = client.get(address(name, decided))
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, name
        assert "unsafe" not in policy, name
        assert answer.headers["Cache-Control"] == "no-store", name
        assert answer.headers["X-Frame-Options"] == "DENY", name
        assert list(_inline(answer.content.decode())) == [], name


def _inline(html: str) -> Iterator[str]:
    return (
        sign
        for sign in (' style="', "<style", " onclick=", "<script>", "javascript:", "http://", "https://")
        if sign in html.replace("http://www.w3.org", "")
    )


def test_a_page_that_breaks_says_so_calmly(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word of what broke: that stands in the log."""
    client = signed_in("desk")
    client.raise_request_exception = False
    monkeypatch.setattr("worker.cases.queries.queue_size", lambda _chosen: 1 // 0)
    answer = client.get(reverse("queue"))
    assert answer.status_code == 500
    assert "the fault is ours" in answer.content.decode()
    assert "ZeroDivision" not in answer.content.decode()


def test_an_unknown_address_gets_a_calm_page(signed_in: SignedIn) -> None:
    """404 is a page of the desk, too."""
    answer = signed_in("desk").get("/nowhere")
    assert answer.status_code == 404
    assert "no such page" in answer.content.decode()
