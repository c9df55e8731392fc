"""The week strip: hours of service as a pale band, each mail as a tick. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from worker.domain.hours import Calendar
from worker.domain.mail import Direction

#: Units of the drawing for one hour, and for the whole week.
HOUR = 4
WIDTH = 7 * 24 * HOUR


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail (or call) on the strip: when (aware), which way, and what the page calls it."""

    at: datetime
    direction: Direction
    name: str


@dataclass(frozen=True, slots=True)
class Tick:
    """An arrival in its place: ``x`` in units from Monday midnight, ``open`` where the desk was served."""

    arrival: Arrival
    x: int
    open: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the strip, from ``x`` on, with the national holiday's name or ""."""

    date: date
    x: int
    holiday: str


@dataclass(frozen=True, slots=True)
class Week:
    """One week from Monday: bands of service as (x, width), ticks in order of time."""

    monday: date
    days: tuple[Day, ...]
    bands: tuple[tuple[int, int], ...]
    ticks: tuple[Tick, ...]

    @property
    def outside(self) -> int:
        """How many incoming ticks fall outside the hours of service."""
        return sum(1 for tick in self.ticks if not tick.open and tick.arrival.direction is Direction.IN)


def weeks_of(arrivals: Iterable[Arrival], calendar: Calendar, most: int = 6) -> tuple[Week, ...]:
    """The weeks that hold arrivals, oldest first; of many, the ``most`` latest."""
    by_monday: dict[date, list[Arrival]] = defaultdict(list)
    for arrival in sorted(arrivals, key=lambda each: each.at):
        here = calendar.local(arrival.at).date()
        by_monday[here - timedelta(days=here.weekday())].append(arrival)
    return tuple(_week(monday, by_monday[monday], calendar) for monday in sorted(by_monday)[-most:])


def _week(monday: date, arrivals: Sequence[Arrival], calendar: Calendar) -> Week:
    days = [monday + timedelta(days=number) for number in range(7)]
    return Week(
        monday,
        tuple(Day(day, day.weekday() * 24 * HOUR, calendar.holiday_name(day)) for day in days),
        tuple(band for day in days for band in _bands(day, calendar)),
        tuple(Tick(each, _x(calendar.local(each.at)), calendar.is_open(each.at)) for each in arrivals),
    )


def _bands(day: date, calendar: Calendar) -> list[tuple[int, int]]:
    left = day.weekday() * 24 * HOUR
    if calendar.around_the_clock:
        return [(left, 24 * HOUR)]
    if not calendar.is_business_day(day):
        return []
    spans = [span for span in calendar.spans if day.weekday() in span.days]
    return [(left + _units(span.start), _units(span.end) - _units(span.start)) for span in spans]


def _units(clock: time | None) -> int:
    """Units from midnight; None is midnight at the day's end."""
    return 24 * HOUR if clock is None else round((clock.hour + clock.minute / 60) * HOUR)


def _x(here: datetime) -> int:
    return here.weekday() * 24 * HOUR + _units(here.time())
