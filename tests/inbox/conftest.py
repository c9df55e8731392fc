"""A mailbox with two folders, and short ways to store and read mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.mails import fetched
from worker.domain.mail import OwnSide

if TYPE_CHECKING:
    from worker.inbox.models import Folder

NOW = datetime(2026, 4, 6, 3, 0, tzinfo=UTC)
OWN = OwnSide(("support@sample.example",), ("sample.example",))


@pytest.fixture
def inbox() -> Folder:
    """The watched folder."""
    from worker.inbox.models import Folder, Mailbox

    mailbox, _ = Mailbox.objects.get_or_create(name="support")
    return Folder.objects.create(mailbox=mailbox, name="INBOX", uidvalidity=1)


@pytest.fixture
def sent(inbox: Folder) -> Folder:
    """The folder of what we sent."""
    from worker.inbox.models import Folder

    return Folder.objects.create(mailbox=inbox.mailbox, name="Sent", sent=True, uidvalidity=1)


@pytest.fixture
def take_in() -> Callable[..., Any]:
    """Store raw mails into a folder, a minute apart, and read them."""
    from worker.inbox import services

    def take(
        folder: Folder, raws: Sequence[bytes], *, first_uid: int = 1, start: datetime = NOW, **options: Any
    ) -> Any:
        mails = [fetched(first_uid + n, raw, start + timedelta(minutes=n)) for n, raw in enumerate(raws)]
        ids = services.store(folder, 1, mails, NOW)
        return services.read(ids, OWN, (), (), NOW, **options)

    return take
