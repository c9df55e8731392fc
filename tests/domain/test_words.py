from __future__ import annotations

from datetime import date

import pytest

from worker.domain.hours import Calendar
from worker.rulepacks import load_policy


def test_a_desk_that_never_closes_serves_every_day() -> None:
    """Around the clock, a Sunday and New Year's Day are days of service like any other."""
    calendar = Calendar("Asia/Tokyo", (), "JP", around_the_clock=True)
    assert calendar.is_business_day(date(2026, 1, 1))
    assert calendar.is_business_day(date(2026, 3, 8))


def test_a_clause_is_found_by_its_id() -> None:
    """A policy gives its clause by id, and KeyError for an id that it does not hold."""
    policy = load_policy("upshare")
    assert policy.clause("U-31").id == "U-31"
    with pytest.raises(KeyError):
        policy.clause("U-99")
