"""Policy, mailboxes, originals, audit log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.desk.conftest import SignedIn
from tests.notices.desk import Matter
from tests.support import desk
from worker import wiring_state
from worker.directory.models import AuditEntry
from worker.inbox.models import Folder, Mailbox, Message

pytestmark = pytest.mark.django_db


def test_every_clause_of_the_policy_stands_on_its_page(signed_in: SignedIn) -> None:
    """With what serves it, the ladder and the contacts as printed; in both languages."""
    policy = wiring_state.policy()
    for language in ("ja", "en"):
        page = (
            signed_in("auditor", name=f"auditor_{language}", language=language).get(reverse("policy")).content.decode()
        )
        for clause in policy.clauses:
            assert f'id="{clause.id}"' in page
            assert (clause.title_en if language == "en" else clause.title) in page.replace("&#39;", "'")
        for contact in policy.contacts:
            assert contact.telephone in page


def test_pages_that_policies_refer_to_exist() -> None:
    """What a clause says is served by a page has an address of that name."""
    from worker.rulepacks.coverage import KNOWN

    for reference in KNOWN:
        kind, _, name = reference.partition(":")
        if kind == "page":
            arguments = [1] if name in ("case", "notice", "organisation") else []
            assert reverse(name, args=arguments)


def test_the_health_of_each_mailbox_is_shown(signed_in: SignedIn) -> None:
    """Last round, last error and its wait, mails on the server and known here; before any round, what to do."""
    client = signed_in("administrator")
    assert "mamori doctor" in client.get(reverse("mailboxes")).content.decode()
    box = Mailbox.objects.create(
        name="support", last_round_at=timezone.now() - timedelta(minutes=3), last_error="The password was refused.",
        not_before=timezone.now() + timedelta(minutes=5),
    )  # fmt: skip
    Folder.objects.create(mailbox=box, name="INBOX", server_count=12)
    page = client.get(reverse("mailboxes")).content.decode()
    for words in (
        "support",
        "3 minutes ago",
        "The password was refused.",
        "next round not before",
        "0 known here, 12 on",
    ):
        assert words in page


def quarantined() -> Message:
    """A mail that could not be read."""
    desk.receive(desk.raw("返金してください。"))
    Message.objects.update(state="quarantined", reason="it nests 5,000 parts", attempts=3)
    return Message.objects.get()


def test_a_mail_that_could_not_be_read_is_shown_with_its_reason_and_tried_again(signed_in: SignedIn) -> None:
    """Nothing of its words is on the page; trying again puts it back among those that wait."""
    message = quarantined()
    client = signed_in("administrator")
    page = client.get(reverse("mailboxes")).content.decode()
    assert "it nests 5,000 parts" in page
    assert "返金" not in page
    assert reverse("message-source", args=[message.pk]) not in page
    client.post(reverse("message-retry", args=[message.pk]))
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("stored", 0)


def test_only_a_quarantined_mail_is_tried_again(signed_in: SignedIn) -> None:
    """Others are not found."""
    desk.receive(desk.raw("返金してください。"))
    assert signed_in("manager").post(reverse("message-retry", args=[Message.objects.get().pk])).status_code == 404


def test_the_original_is_downloaded_byte_for_byte_and_the_log_says_by_whom(signed_in: SignedIn) -> None:
    """As a file of plain text: the browser shows nothing of it."""
    raw = desk.raw("返金してください。<script>")
    desk.receive(raw)
    message = Message.objects.get()
    answer = signed_in("reader", name="mori").get(reverse("message-source", args=[message.pk]))
    assert answer.content == raw
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert AuditEntry.objects.filter(actor="mori", action="message.download", subject=f"message {message.pk}").exists()


def test_an_original_that_is_gone_is_not_found(signed_in: SignedIn) -> None:
    """Purged, or never there."""
    desk.receive(desk.raw("返金してください。"))
    Message.objects.update(original=None)
    client = signed_in("reader")
    assert client.get(reverse("message-source", args=[Message.objects.get().pk])).status_code == 404
    assert client.get(reverse("message-source", args=[99])).status_code == 404


def test_the_log_is_shown_newest_first_and_verified_on_request(signed_in: SignedIn, decided: Matter) -> None:
    """A whole chain is said to be whole; a changed line is named."""
    client = signed_in("auditor")
    page = client.get(reverse("audit")).content.decode()
    assert page.index("case.decide") < page.index("user.grant", page.index("case.decide"))
    assert "The chain is whole" in client.get(reverse("audit"), {"verify": "yes"}).content.decode()
    AuditEntry.objects.filter(action="case.decide").update(actor="somebody else")
    assert "The chain is broken in 1 place" in client.get(reverse("audit"), {"verify": "yes"}).content.decode()


def test_a_long_log_has_pages(signed_in: SignedIn) -> None:
    """A hundred lines on each."""
    from worker.directory.services import record

    for number in range(120):
        record("system", "test", f"line {number}")
    client = signed_in("auditor")
    assert 'rel="next"' in client.get(reverse("audit")).content.decode()
    assert "line 0<" in client.get(reverse("audit"), {"page": "2"}).content.decode()
