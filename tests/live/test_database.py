"""The database that Django's tests run on is the one that was asked for."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection, connections

from worker.inbox.models import Mailbox


@pytest.mark.django_db
def test_vendor(pytestconfig: pytest.Config) -> None:
    """--database chooses between SQLite and PostgreSQL."""
    assert connection.vendor == pytestconfig.getoption("database")


@pytest.mark.django_db(transaction=True)
def test_threads_see_the_same_rows() -> None:
    """A row that one thread commits is seen by another, on a connection of its own."""
    seen: list[str] = []

    def look() -> None:
        seen.extend(Mailbox.objects.values_list("name", flat=True))
        connections.close_all()

    Mailbox.objects.create(name="support")
    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert seen == ["support"]
