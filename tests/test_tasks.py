"""The task that calls somebody."""

from __future__ import annotations

import pytest

from tests.support import desk
from tests.support.desk import raw, receive
from worker import tasks, wiring_state
from worker.cases.models import Case
from worker.domain.errors import ChannelError
from worker.domain.judgement import Severity

pytestmark = pytest.mark.django_db


class Called:
    """An AlertChannel that keeps what it was told, and reaches nobody where ``broken``."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.broken = False

    def alert(self, title: str, text: str) -> None:
        """Keep the text."""
        self.texts.append(text)
        if self.broken:
            raise ChannelError("nobody was reached")


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    """The site's alert channel, and a critical case."""
    channel = Called()
    monkeypatch.setattr(wiring_state, "alerts", lambda: channel)
    desk.assess(receive(raw("ただではおかない。")))
    Case.objects.update(severity=Severity.CRITICAL)
    return channel


def test_a_critical_case_is_told_by_number_once(called: Called) -> None:
    """The text holds the case's number, no address, subject or word; the second run says nothing."""
    tasks.alert()
    tasks.alert()
    assert called.texts == [f"Critical cases that wait in the desk: {Case.objects.get().number}."]


def test_a_call_that_fails_is_not_repeated(called: Called, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody may have been reached: the log says so, and nobody is called every fifteen seconds."""
    called.broken = True
    tasks.alert()
    tasks.alert()
    assert len(called.texts) == 1
    assert "did not reach everybody" in caplog.text


def test_where_nobody_is_named_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch, called: Called) -> None:
    """Without alerts in the settings cases stay untold, for the day when somebody is named."""
    monkeypatch.setattr(wiring_state, "alerts", lambda: None)
    tasks.alert()
    assert called.texts == []
    assert Case.objects.get().alerted_at is None
