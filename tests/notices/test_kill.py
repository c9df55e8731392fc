"""A worker that is killed at any line of the sending path never makes two letters of one, and loses none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.notices.desk import matter, outbox
from tests.support.desk import NOW
from tests.support.smtp_sink import SmtpSink
from worker.channels import SmtpChannel
from worker.notices import queries, services
from worker.notices.models import Notice
from worker.notices.sending import STALE

#: So many points, spread over all the lines of the path.
POINTS = int(os.environ.get("MAMORI_KILLS", "60"))
HERE = Path(__file__).resolve().parent


def worker(relay: str, now: datetime, *letters: str) -> list[int]:
    """Run the dying worker on letters ("id:line"); gives the line counts of those that came to the end."""
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, str(HERE / "dying_worker.py"), name, relay, now.isoformat(), *letters]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "default"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return [int(line.split()[1]) for line in done.stdout.splitlines()]


@pytest.mark.django_db(transaction=True)
def test_killed_anywhere_never_twice(sink: SmtpSink) -> None:
    """After every kill and the next sweeps each letter is sent exactly once, or uncertain and at most once."""
    assert settings.DATABASES
    made = matter()
    whole = made.queued()
    connection.close()
    (lines,) = worker(sink.url(), NOW, f"{whole.pk}:0")
    assert lines > 100
    points = sorted({1 + step * (lines - 1) // (POINTS - 1) for step in range(POINTS)})
    letters = {made.queued().pk: point for point in points}
    connection.close()
    assert worker(sink.url(), NOW, *(f"{pk}:{point}" for pk, point in letters.items())) == []
    way = outbox(SmtpChannel(sink.url()))
    for _sweep in range(3):
        for notice_id in services.due(NOW + STALE):
            services.deliver(notice_id, way, NOW + STALE)
    arrived = Counter(message_from_bytes(mail.raw)["X-Mamori-Reference"] for mail in sink.mails)
    rows = {pk: Notice.objects.get(pk=pk) for pk in letters}
    assert max(arrived.values()) == 1
    assert {row.state for row in rows.values()} == {"sent", "uncertain"}
    assert all(arrived[row.reference] == 1 for row in rows.values() if row.state == "sent")
    in_doubt = {notice.pk for notice in queries.in_doubt()}
    assert in_doubt == {pk for pk, row in rows.items() if row.state == "uncertain"}
    early, late = rows[next(iter(letters))], rows[list(letters)[-1]]
    assert (early.state, late.state) == ("sent", "sent")
