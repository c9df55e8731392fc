"""Dates as senders write them."""

from __future__ import annotations

import pytest

from worker.parsing.dates import parse_date, received_date

DATES = {
    "Wed, 4 Mar 2026 10:12:00 +0900": "2026-03-04T10:12:00+09:00",
    "4 Mar 2026 10:12 +0900": "2026-03-04T10:12:00+09:00",
    "Wed, 04 Mar 2026 10:12:00 +0900 (JST)": "2026-03-04T10:12:00+09:00",
    "Wed, 4 Mar 2026 10:12:00 JST": "2026-03-04T10:12:00+09:00",
    "Wed, 4 Mar 2026 10:12:00 +09:00": "2026-03-04T10:12:00+09:00",
    "Wed, 4 Mar 2026 10:12:00 GMT+9": "2026-03-04T10:12:00+09:00",
    "Wed, 4 Mar 2026 10:12:00 GMT": "2026-03-04T10:12:00+00:00",
    "Wed, 4 March 2026 10.12.30 -0530": "2026-03-04T10:12:30-05:30",
    "Wed,  4 Mar 26 10:12:00 +0900": "2026-03-04T10:12:00+09:00",
    "Wed, 4 Mar 99 10:12:00 +0900": "1999-03-04T10:12:00+09:00",
    "Wed, 4 Mar 126 10:12:00 +0900": "2026-03-04T10:12:00+09:00",
    "Wed, 4 Mar 2026 10:12:60 +0900": "2026-03-04T10:12:59+09:00",
    "Wed, 4 Mar 2026 24:00:00 +0900": "2026-03-05T00:00:00+09:00",
    "Wed 4-Mar-2026 10:12:00 +0900": "2026-03-04T10:12:00+09:00",
    "水, 4 3月 2026 10:12:00 +0900": "2026-03-04T10:12:00+09:00",
    "2026-03-04T10:12:00+09:00": "2026-03-04T10:12:00+09:00",
    "2026-03-04T01:12:00Z": "2026-03-04T01:12:00+00:00",
    "2026-03-04 10:12:00.123 +0900": "2026-03-04T10:12:00+09:00",
    "2026/03/04 10:12 JST": "2026-03-04T10:12:00+09:00",
    "2026年3月4日(水) 10:12": "2026-03-04T10:12:00+09:00",
    "2026年3月4日 水曜日 午後3時12分": "2026-03-04T15:12:00+09:00",
    "2026年3月4日 午前12時5分": "2026-03-04T00:05:00+09:00",
    "2026/03/04 3:12 PM +0900": "2026-03-04T15:12:00+09:00",
    "2026年3月4日": "2026-03-04T00:00:00+09:00",
    "Wed Mar  4 10:12:00 2026": "2026-03-04T10:12:00+00:00",
    "Wed, Mar 4 2026 10:12:00 +0900": "2026-03-04T10:12:00+09:00",
}


@pytest.mark.parametrize("written", DATES)
def test_dates(written: str) -> None:
    """Each form gives its moment with its offset."""
    found, _ = parse_date(written)
    assert found is not None
    assert found.isoformat() == DATES[written]


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("", "date: blank"),
        ("  \n ", "date: blank"),
        ("yesterday", "date: cannot be read"),
        ("Wed, 31 Feb 2026 10:12:00 +0900", "date: no such day or time"),
        ("Wed, 4 Mar 2026 25:12:00 +0900", "date: no such day or time"),
        ("31 Dec 9999 23:59:00 -2300", "date: no such day or time"),
        ("4 Foo 2026 10:12:00", "date: cannot be read"),
        ("2026-13-45", "date: no such day or time"),
        ("水, 4 13月 2026 10:12", "date: cannot be read"),
        ("0, 0 0 0", "date: cannot be read"),
    ],
)
def test_no_date(written: str, note: str) -> None:
    """What is no date is None, with the reason."""
    assert parse_date(written) == (None, note)


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("Wed, 4 Mar 2026 10:12:00", "date: no zone, taken as UTC"),
        ("Wed, 4 Mar 2026 10:12:00 QQQ", "date: no zone, taken as UTC"),
        ("Wed, 4 Mar 2026 10:12:00 +9900", "date: impossible zone, taken as UTC"),
        ("2026-03-04 10:12", "date: no zone, taken as UTC"),
        ("2026年3月4日 10:12", "date: no zone, taken as Japan's"),
        ("Wed, 4 Mar 2026 10:12:00 -0000", ""),
    ],
)
def test_zones(written: str, note: str) -> None:
    """A zone that is missing or impossible is filled in, and the filling is noted."""
    found, said = parse_date(written)
    assert found is not None
    assert found.utcoffset() is not None
    assert said == note


def test_received() -> None:
    """The stamp of a Received line stands behind its last semicolon."""
    stamp = received_date("from a by b (x; y) with ESMTP; Wed, 4 Mar 2026 10:12:00 +0900")
    assert stamp is not None
    assert stamp.isoformat() == "2026-03-04T10:12:00+09:00"
    assert received_date("from a by b") is None
    assert received_date("from a; ") is None


def test_hostile_lengths() -> None:
    """A date of a megabyte is cut, not chewed."""
    assert parse_date("1 " * 500_000)[0] is None
