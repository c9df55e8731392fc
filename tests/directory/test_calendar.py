"""Whose hours count."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from pydantic import ValidationError

from worker.directory.models import Organisation
from worker.directory.queries import calendar_of
from worker.domain.hours import Calendar, ServiceSpan

DESK = Calendar("Asia/Tokyo", (ServiceSpan(frozenset(range(5)), time(10), time(18)),), holidays="JP")
SUNDAY_NIGHT = datetime(2026, 4, 5, 14, 0, tzinfo=UTC)


def test_the_desks_own() -> None:
    """Without an organisation, or without hours in its contract, the desk's hours count."""
    assert calendar_of(None, DESK) == calendar_of(Organisation(name="甲"), DESK) == DESK


def test_the_contracts() -> None:
    """A contract's hours count in the organisation's time zone, else in the desk's."""
    written = {"spans": [{"days": "Sat-Sun", "from": "00:00", "to": "24:00"}], "closed": ["12-30..01-03"]}
    organisation = Organisation(name="甲", calendar=written)
    assert calendar_of(organisation, DESK).is_open(SUNDAY_NIGHT)
    assert not DESK.is_open(SUNDAY_NIGHT)
    organisation.timezone = "Europe/London"
    assert calendar_of(organisation, DESK).timezone == "Europe/London"
    assert calendar_of(organisation, DESK).holidays == ""


def test_around_the_clock() -> None:
    """A contract that is served around the clock is never out of hours."""
    organisation = Organisation(name="甲", calendar={"around_the_clock": True})
    assert calendar_of(organisation, DESK).is_open(SUNDAY_NIGHT)


def test_wrong_hours_are_refused() -> None:
    """Hours that cannot be read are an error, not the desk's hours."""
    with pytest.raises(ValidationError):
        calendar_of(Organisation(name="甲", calendar={"spans": [{"days": "X", "from": "1", "to": "2"}]}), DESK)
