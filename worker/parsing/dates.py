"""Dates as senders write them: RFC 5322, ISO 8601, Japanese and broken ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_RFC = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3,9})\.?[\s-]+(\d{2,4})\s+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?"
    r"(?:\.\d+)?\s*([+-]\d{1,2}:?\d{2}|[A-Za-z]{1,5}(?:[+-]\d{1,4})?)?"
)
_NUMERIC = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s*(?:[(（]?[日月火水木金土](?:曜日?)?[)）]?)?"
    r"[\sT,、]*(午前|午後|AM|PM)?\s*(?:(\d{1,2})\s*[:時]\s*(\d{1,2})\s*分?(?:\s*[:：]?\s*(\d{1,2})(?:\.\d+)?\s*秒?)?)?"
    r"\s*(AM|PM)?\s*(Z\b|[+-]\d{2}:?\d{2}|JST|GMT|UTC)?",
    re.IGNORECASE,
)
_LONGEST = 200
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "jst": 540, "kst": 540, "cst": -360, "hkt": 480, "sgt": 480, "ist": 330,
    "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "cet": 60, "cest": 120, "met": 60, "bst": 60, "wet": 0, "eet": 120, "msk": 180, "aest": 600,
}  # fmt: skip
_JAPANESE_MONTH = re.compile(r"(\d{1,2})\s*月")
_JAPAN = timezone(timedelta(hours=9))


def parse_date(value: str) -> tuple[datetime | None, str]:
    """An aware datetime, or None; and "" or what was wrong with the date.

    A date without a zone is taken as UTC (RFC 5322's ``-0000``), one written in Japanese as Japan's time.
    """
    text = re.sub(r"\s+", " ", value[:_LONGEST]).strip()
    if not text:
        return None, "date: blank"
    for reader in (_rfc, _numeric, _library):
        found = reader(text)
        if found is not None:
            return found
    return None, "date: cannot be read"


def _rfc(text: str) -> tuple[datetime | None, str] | None:
    match = _RFC.search(_JAPANESE_MONTH.sub(lambda found: f" {_month_name(found.group(1))} ", text))
    if match is None:
        return None
    day, month, year, hour, minute, second, zone = match.groups()
    number = _MONTHS.get(month[:3].lower())
    if number is None:
        return None
    offset, note = _offset(zone or "")
    return _build((_full_year(year), number, int(day), int(hour), int(minute), int(second or 0)), offset, note)


def _month_name(number: str) -> str:
    return next((name for name, value in _MONTHS.items() if value == int(number)), "")


def _full_year(year: str) -> int:
    """RFC 5322 §4.3: two digits below 50 are 2000 and up, other two or three digits count from 1900."""
    number = int(year)
    if len(year) == 2:
        return number + (2000 if number < 50 else 1900)
    return number + 1900 if len(year) == 3 else number


def _offset(zone: str) -> tuple[timezone, str]:
    name = zone.lower()
    match = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", name)
    if match:
        sign, hours, minutes = match.groups()
        total = int(hours) * 60 + int(minutes or 0)
        if total < 24 * 60 and int(minutes or 0) < 60:
            return timezone(timedelta(minutes=-total if sign == "-" else total)), ""
        return UTC, "date: impossible zone, taken as UTC"
    if name in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name])), ""
    return UTC, "date: no zone, taken as UTC"


def _build(parts: tuple[int, int, int, int, int, int], zone: timezone, note: str) -> tuple[datetime | None, str]:
    year, month, day, hour, minute, second = parts
    extra = timedelta(days=1) if (hour, minute) == (24, 0) else timedelta()
    try:
        found = datetime(year, month, day, 0 if extra else hour, minute, min(second, 59), tzinfo=zone) + extra
        found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None, "date: no such day or time"
    return found, note


def _numeric(text: str) -> tuple[datetime | None, str] | None:
    match = _NUMERIC.search(text)
    if match is None:
        return None
    year, month, day, before, hour, minute, second, after, zone = match.groups()
    clock = _twelve_hours(int(hour or 0), (before or after or "").upper())
    if zone:
        offset, note = _offset(zone)
    elif "年" in text or "日" in text:
        offset, note = _JAPAN, "date: no zone, taken as Japan's"
    else:
        offset, note = UTC, "date: no zone, taken as UTC"
    return _build((int(year), int(month), int(day), clock, int(minute or 0), int(second or 0)), offset, note)


def _twelve_hours(hour: int, half: str) -> int:
    if half in ("PM", "午後") and hour < 12:
        return hour + 12
    return 0 if half in ("AM", "午前") and hour == 12 else hour


def _library(text: str) -> tuple[datetime | None, str] | None:
    """What the standard library still makes of it (asctime and its kin)."""
    try:
        found = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, AttributeError):
        return None
    if found is None:
        return None
    seconds = found[9]
    if seconds is None or abs(seconds) >= 24 * 3600:
        return _build(found[:6], UTC, "date: no zone, taken as UTC")
    return _build(found[:6], timezone(timedelta(seconds=seconds)), "")


def received_date(value: str) -> datetime | None:
    """The stamp at the end of a Received value, or None."""
    stamp = value.rpartition(";")[2]
    return parse_date(stamp)[0] if stamp.strip() else None
