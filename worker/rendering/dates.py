"""Dates as letters write them, in Japanese, English and Chinese."""

from __future__ import annotations

from datetime import date, datetime

_WEEKDAYS = {
    "ja": "月火水木金土日",
    "zh": "一二三四五六日",
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


def day(value: str, language: str) -> str:
    """``2026-11-20`` as 「2026年11月20日(金)」, "Friday 20 November 2026" or 「2026年11月20日(星期五)」.

    ValueError where ``value`` is no ISO day; a language other than ja, en and zh is written as English.
    """
    return _written(date.fromisoformat(value), language)


def moment(value: str, language: str) -> str:
    """An ISO moment as day and clock time, as it stands: the offset is neither converted nor printed."""
    when = datetime.fromisoformat(value)
    if language == "ja":
        return f"{_written(when, language)}{when.hour}時{when.minute:02d}分"
    return f"{_written(when, language)} {when:%H:%M}"


def _written(when: date, language: str) -> str:
    if language in ("ja", "zh"):
        weekday = ("星期" if language == "zh" else "") + _WEEKDAYS[language][when.weekday()]
        return f"{when.year}年{when.month}月{when.day}日({weekday})"
    return f"{_WEEKDAYS['en'][when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"
