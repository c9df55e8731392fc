"""Dates and lengths as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from worker.desk import formats

THIS_YEAR = timezone.localdate().year
NIGHT = datetime(THIS_YEAR, 3, 4, 13, 31, tzinfo=UTC)


@pytest.mark.parametrize(("language", "pattern"), [("ja", "3月4日({}) 22:31"), ("en", "{} 4 Mar, 22:31")])
def test_a_moment_is_said_on_the_desks_clock(language: str, pattern: str) -> None:
    """13:31 UTC is 22:31 in Tokyo, with the weekday and without the year where it is this one."""
    with translation.override(language):
        weekday = "月火水木金土日"[NIGHT.weekday()] if language == "ja" else NIGHT.strftime("%a")
        assert formats.when(NIGHT) == pattern.format(weekday)


def test_another_year_is_said() -> None:
    """A moment or day of another year names it."""
    with translation.override("ja"):
        assert formats.when(datetime(2024, 3, 4, 13, 31, tzinfo=UTC)) == "2024年3月4日(月) 22:31"
        assert formats.day(date(2024, 3, 4)) == "2024年3月4日(月)"


def test_a_moment_is_the_day_of_the_desk() -> None:
    """16:00 UTC on the 4th is the 5th in Tokyo."""
    with translation.override("ja"):
        assert formats.day(datetime(2024, 3, 4, 16, tzinfo=UTC)) == "2024年3月5日(火)"
        assert formats.short_day(date(2024, 3, 4)) == "3/4"
    assert formats.clock(datetime(2024, 3, 4, 16, tzinfo=UTC)) == "01:00"
    assert formats.iso(datetime(2024, 3, 4, 16, tzinfo=UTC)) == "2024-03-05T01:00+09:00"
    assert formats.moment_text("2024-03-04T22:31+09:00").endswith("22:31")


def test_nothing_is_said_of_nothing() -> None:
    """What never happened has no date."""
    assert (formats.when(None), formats.day(None), formats.ago(None)) == ("", "", "")


@pytest.mark.parametrize(
    ("span", "japanese", "english"),
    [
        (timedelta(minutes=1), "1分", "1 minute"),
        (timedelta(hours=3), "3時間", "3 hours"),
        (timedelta(days=13), "13日", "13 days"),
        (timedelta(days=14), "2週間", "2 weeks"),
        (timedelta(days=90), "3か月", "3 months"),
    ],
)
def test_a_length_is_said_in_its_largest_unit(span: timedelta, japanese: str, english: str) -> None:
    """Minutes, hours, days, weeks, months; English knows one from many."""
    with translation.override("ja"):
        assert formats.length(span) == japanese
        assert formats.ago(NIGHT, NIGHT + span) == f"{japanese}前"
    with translation.override("en"):
        assert formats.length(span) == english


def test_less_than_a_minute_ago_is_just_now() -> None:
    """Also where clocks differ a little."""
    with translation.override("en"):
        assert formats.ago(NIGHT, NIGHT + timedelta(seconds=30)) == "just now"
        assert formats.ago(NIGHT, NIGHT - timedelta(seconds=30)) == "just now"


def test_sizes_are_said_in_bytes_kilobytes_megabytes() -> None:
    """As people read them beside a file's name."""
    assert [formats.size(number) for number in (640, 12_500, 3_400_000)] == ["640 B", "12 KB", "3.4 MB"]
