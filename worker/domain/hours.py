"""When a desk is served: its weekly spans, national holidays and closed days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class ServiceSpan:
    """Service from ``start`` to ``end`` (desk time) on weekdays 0 (Monday) to 6; ``end`` None means midnight."""

    days: frozenset[int]
    start: time
    end: time | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Hours of service in one time zone. ``holidays`` is an ISO country or "" (none); ``closed`` are yearly ranges.

    ``closed`` holds pairs of (month, day), both inclusive, that may wrap over the new year.
    ``emergencies`` is "", "by phone" or "around the clock".
    """

    timezone: str
    spans: tuple[ServiceSpan, ...]
    holidays: str = ""
    closed: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    emergencies: str = ""
    around_the_clock: bool = False

    def local(self, moment: datetime) -> datetime:
        """The aware ``moment`` on the desk's clock."""
        return moment.astimezone(ZoneInfo(self.timezone))

    def is_business_day(self, day: date) -> bool:
        """Whether the desk serves at all on ``day``."""
        if self.around_the_clock:
            return True
        served = any(day.weekday() in span.days for span in self.spans)
        return served and not self.is_closed(day) and not self.holiday_name(day)

    def is_closed(self, day: date) -> bool:
        """Whether ``day`` lies in a yearly closed range."""
        return any(_within((day.month, day.day), first, last) for first, last in self.closed)

    def holiday_name(self, day: date) -> str:
        """The national holiday's name on ``day``, or ""."""
        if not self.holidays:
            return ""
        return str(_holidays(self.holidays, day.year).get(day) or "")

    def is_open(self, moment: datetime) -> bool:
        """Whether the aware ``moment`` falls into the hours of service."""
        if self.around_the_clock:
            return True
        here = self.local(moment)
        if not self.is_business_day(here.date()):
            return False
        clock = here.time().replace(tzinfo=None)
        return any(
            here.weekday() in span.days and span.start <= clock and (span.end is None or clock < span.end)
            for span in self.spans
        )


def _within(day: tuple[int, int], first: tuple[int, int], last: tuple[int, int]) -> bool:
    return first <= day <= last if first <= last else day >= first or day <= last


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> holidays.HolidayBase:
    # in the country's own language, for the library's choice would follow the machine's locale
    language = holidays.country_holidays(country).default_language
    return holidays.country_holidays(country, years=year, language=language)


def parse_days(text: str) -> frozenset[int]:
    """Read ``Mon-Fri`` or ``Mon,Wed,Sat-Sun`` as weekday numbers; ValueError names what it could not read."""
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        for name in (first, last or first):
            if name not in WEEKDAYS:
                raise ValueError(f"{name!r} is not a day; days are {', '.join(WEEKDAYS)}")
        low, high = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
        days.update(range(low, high + 1) if low <= high else [*range(low, 7), *range(high + 1)])
    return frozenset(days)


def parse_clock(text: str) -> time | None:
    """Read ``HH:MM``; ``24:00`` is None (midnight at the end of the day). ValueError where it is no time."""
    return None if text == "24:00" else time.fromisoformat(text)


def parse_closed(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Read ``12-30..01-03`` or a single ``08-15`` as a yearly range of (month, day)."""
    first, _, last = text.partition("..")
    return _month_day(first), _month_day(last or first)


def _month_day(text: str) -> tuple[int, int]:
    month, _, day = text.strip().partition("-")
    moment = date(2024, int(month), int(day))
    return moment.month, moment.day
