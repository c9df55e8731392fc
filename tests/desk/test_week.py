"""The week strip."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.desk.week import HOUR, Arrival, weeks_of
from worker.domain.hours import Calendar, ServiceSpan
from worker.domain.mail import Direction

TOKYO = ZoneInfo("Asia/Tokyo")
DESK = Calendar("Asia/Tokyo", (ServiceSpan(frozenset(range(5)), time(10), time(18)),), "JP")
WEDNESDAY = datetime(2026, 3, 4, 22, 30, tzinfo=TOKYO)


def arrival(at: datetime, direction: Direction = Direction.IN) -> Arrival:
    """A mail at that moment."""
    return Arrival(at, direction, "mail")


def test_hours_of_service_are_bands_and_holidays_have_none() -> None:
    """The week of 3 November 2026 is served on four days: Tuesday is a holiday and says its name."""
    (week,) = weeks_of([arrival(datetime(2026, 11, 4, 12, tzinfo=TOKYO))], DESK)
    assert [x // (24 * HOUR) for x, _width in week.bands] == [0, 2, 3, 4]
    assert {width for _x, width in week.bands} == {8 * HOUR}
    assert week.days[1].holiday


def test_a_mail_is_a_tick_at_its_hour_on_the_desks_clock() -> None:
    """13:30 UTC on Wednesday is 22:30 in Tokyo, outside the hours."""
    (week,) = weeks_of([arrival(WEDNESDAY.astimezone(UTC))], DESK)
    (tick,) = week.ticks
    assert tick.x == 2 * 24 * HOUR + 22.5 * HOUR
    assert not tick.open
    assert week.outside == 1


def test_our_answer_at_night_is_not_held_against_the_other_side() -> None:
    """Only what came from outside counts as outside the hours."""
    (week,) = weeks_of([arrival(WEDNESDAY, Direction.OUT)], DESK)
    assert week.outside == 0


def test_each_week_with_mail_has_its_strip_and_of_many_the_latest_are_shown() -> None:
    """Weeks without mail are left out; the strip never grows beyond what is asked for."""
    days = [WEDNESDAY + timedelta(weeks=number) for number in (0, 2, 3)]
    assert [week.monday.isoformat() for week in weeks_of(map(arrival, days), DESK, most=2)] == [
        "2026-03-16",
        "2026-03-23",
    ]


def test_a_desk_that_never_closes_is_one_band_a_day() -> None:
    """Around the clock there is no outside."""
    (week,) = weeks_of([arrival(WEDNESDAY)], Calendar("Asia/Tokyo", (), around_the_clock=True))
    assert week.bands == tuple((day * 24 * HOUR, 24 * HOUR) for day in range(7))
    assert week.outside == 0


def test_service_until_midnight_reaches_the_end_of_the_day() -> None:
    """A span without an end lasts to 24:00."""
    late = Calendar("Asia/Tokyo", (ServiceSpan(frozenset({2}), time(22), None),))
    (week,) = weeks_of([arrival(WEDNESDAY)], late)
    assert week.bands == ((2 * 24 * HOUR + 22 * HOUR, 2 * HOUR),)


def test_no_mail_no_strip() -> None:
    """An empty case draws nothing."""
    assert weeks_of([], DESK) == ()
