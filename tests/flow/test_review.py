"""Review from one's own mail client: the whole way on a real server, and that nothing is written where nobody asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from imapclient import IMAPClient

from tests.support import desk
from tests.support.scripted_imap import scripted_imap
from tests.support.servers import Dovecot
from worker.config import MailboxSettings
from worker.demo.sample import sample_threads

pytestmark = pytest.mark.django_db(transaction=True)

THREAD = next(thread for thread in sample_threads() if thread.expected and "threat" in thread.expected)
ORDINARY = next(thread for thread in sample_threads() if not thread.expected)
INCOMING = [mail for mail in THREAD.mails if mail.folder == "INBOX"]
_users = count(1)


@pytest.fixture
def poll(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Polls a mailbox of the given settings once, to the end."""
    from worker import tasks, wiring_state
    from worker.cli import boot

    monkeypatch.setenv("MAMORI_SUPPORT_PASSWORD", "secret")
    boot.run_tasks_inline()
    usual = wiring_state.mamori()

    def once(url: str, **options: Any) -> None:
        box = MailboxSettings(name="support", url=url, password_env="MAMORI_SUPPORT_PASSWORD", **options)
        changed = usual.model_copy(update={"mailbox": (box,)})
        monkeypatch.setattr(wiring_state, "mamori", lambda: changed)
        tasks.poll_mailbox("support")
        tasks.review_mailbox("support")

    yield once
    boot.run_tasks_queued()
    wiring_state.mail_reader().close()


@pytest.fixture
def account(dovecot: Dovecot) -> tuple[str, Callable[[], AbstractContextManager[IMAPClient]]]:
    """A mailbox with a threatening thread and an ordinary one: its URL, and a way to open it as people do."""
    name = f"flow{next(_users)}"
    dovecot.add_user(name)

    @contextmanager
    def opened() -> Iterator[IMAPClient]:
        with IMAPClient("127.0.0.1", dovecot.port, ssl=False) as client:
            client.login(name, "secret")
            yield client

    with opened() as client:
        for mail in (*INCOMING, *(mail for mail in ORDINARY.mails if mail.folder == "INBOX")):
            client.append("INBOX", mail.raw, msg_time=mail.internal_date)
    return dovecot.url(name), opened


def held(client: IMAPClient, folder: str) -> list[int]:
    """The UIDs in a folder."""
    client.select_folder(folder)
    return list(client.search("ALL"))


def move(client: IMAPClient, source: str, target: str) -> None:
    """Move the first mail of a folder into another, as a person does."""
    client.move(held(client, source)[:1], target)


def test_a_moved_copy_becomes_an_opinion(
    poll: Callable[..., None], account: tuple[str, Callable[[], AbstractContextManager[IMAPClient]]]
) -> None:
    """Flagged mails are copied once; where a person puts a copy is an opinion on the case, which a person settles."""
    from worker.cases.models import Case, Opinion
    from worker.inbox.models import Message

    url, opened = account
    options = {"review": "folders", "review_acknowledged": True}
    poll(url, **options)
    case = Case.objects.get(own_staff=False)
    messages = Message.objects.count()
    with opened() as client:
        assert len(held(client, "要確認")) == len(INCOMING)
        move(client, "要確認", "該当")
    poll(url, **options)
    opinion = Opinion.objects.get()
    assert (opinion.case, opinion.applies, opinion.mailbox, opinion.settled_by) == (case, True, "support", None)
    with opened() as client:
        move(client, "該当", "非該当")
    poll(url, **options)
    poll(url, **options)
    assert list(Opinion.objects.order_by("pk").values_list("applies", flat=True)) == [True, False]
    with opened() as client:
        assert len(held(client, "要確認")) == len(INCOMING) - 1
    assert (Message.objects.count(), Case.objects.filter(own_staff=False).count()) == (messages, 1)
    _settled_in_the_desk(case.pk)


def _settled_in_the_desk(case_id: int) -> None:
    from worker.cases.models import Opinion

    user = desk.person("tani", "desk")
    user.language = "en"
    user.save()
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(user)
    first = Opinion.objects.order_by("pk")[0]
    page = browser.get(reverse("case", args=[case_id])).content.decode()
    assert "Put under “applies”" in page
    assert "Put under “does not apply”" in page
    for said in ("Your view was noted.", "has settled this opinion already."):
        answer = browser.post(reverse("opinion", args=[first.pk]), {"agrees": "yes"}, follow=True)
        assert said in answer.content.decode()
    first.refresh_from_db()
    assert (first.settled_by, first.agreed) == (user, True)
    assert "sees it the same way." in browser.get(reverse("case", args=[case_id])).content.decode()
    assert browser.post(reverse("opinion", args=[first.pk + 100])).status_code == 404


def test_keywords_are_set_on_flagged_mail_alone(
    poll: Callable[..., None], account: tuple[str, Callable[[], AbstractContextManager[IMAPClient]]]
) -> None:
    """With review by keywords the flagged mails are marked and no folder is made."""
    url, opened = account
    poll(url, review="keywords", shared=False)
    with opened() as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.search(["KEYWORD", "$MamoriReview"])) == len(INCOMING)
        assert not client.folder_exists("要確認")


@pytest.mark.parametrize("options", [{}, {"review": "folders"}, {"review": "keywords"}])
def test_nothing_is_written_where_nobody_asked(poll: Callable[..., None], options: dict[str, Any]) -> None:
    """Without review, and on a shared mailbox that nobody acknowledged, no command changes anything on the server."""
    from worker.cases.models import Case

    mails = {uid: mail.raw for uid, mail in enumerate(INCOMING, 1)}
    with scripted_imap(mails=mails) as server:
        poll(server.url, **options)
        poll(server.url, **options)
        said = {line.removeprefix("UID ").partition(" ")[0] for line in server.log}
    assert Case.objects.count() == 1
    assert said <= {"CAPABILITY", "LOGIN", "EXAMINE", "SEARCH", "FETCH", "LOGOUT"}


def test_mail_about_our_own_people_is_not_shown_to_everybody() -> None:
    """What is in a case about our own people stays out of the mailbox, whoever may open it."""
    from worker.cases.models import Case, CaseThread
    from worker.cases.opinions import threads_under_review

    thread_ids = desk.receive(desk.raw("本文です。"))
    case = Case.objects.create(
        counterpart=desk.counterpart(), own_staff=True, severity="low", opened_at=desk.NOW, last_at=desk.NOW
    )
    CaseThread.objects.create(case=case, thread_id=thread_ids[0], joined_at=desk.NOW)
    assert threads_under_review() == []
    Case.objects.filter(pk=case.pk).update(own_staff=False)
    assert threads_under_review() == thread_ids
