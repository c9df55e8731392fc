"""Dates and lengths as people say them, in the desk's time zone and the reader's language."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_FORTNIGHT = 14 * _DAY
_TWO_MONTHS = 61 * _DAY


def local(moment: datetime) -> datetime:
    """The aware ``moment`` on the desk's clock."""
    return timezone.localtime(moment)


def when(moment: datetime | None) -> str:
    """``3月4日(水) 22:31``, with the year where it is not the present one; "" for None."""
    if moment is None:
        return ""
    here = local(moment)
    # Translators: date and time, in the letters of Django's "date" filter
    pattern = _("D j M, H:i") if _this_year(here) else _("D j M Y, H:i")
    return formatted(here, pattern)


def day(value: date | datetime | None) -> str:
    """``3月4日(水)``, with the year where it is not the present one; "" for None."""
    if value is None:
        return ""
    here = local(value) if isinstance(value, datetime) else value
    # Translators: a day, in the letters of Django's "date" filter
    pattern = _("D j M") if _this_year(here) else _("D j M Y")
    return formatted(here, pattern)


def short_day(value: date) -> str:
    """``3/2``: a day where its year and weekday are plain from the place."""
    # Translators: a short day, in the letters of Django's "date" filter
    return formatted(value, _("j M"))


def clock(moment: datetime) -> str:
    """``22:31`` on the desk's clock."""
    return local(moment).strftime("%H:%M")


def moment_text(text: str) -> str:
    """A moment written in ISO form (with offset) as people say it."""
    return when(datetime.fromisoformat(text))


def iso(moment: datetime) -> str:
    """The moment for the ``datetime`` attribute, with the desk's offset."""
    return local(moment).isoformat(timespec="minutes")


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, roughly: minutes, hours, days, weeks, months; "" for None."""
    if moment is None:
        return ""
    seconds = ((now or timezone.now()) - moment).total_seconds()
    if seconds < _MINUTE:
        return _("just now")
    return _("%(length)s ago") % {"length": length(timedelta(seconds=seconds))}


def length(span: timedelta) -> str:
    """A stretch of time in its largest fitting unit: ``3時間``, ``2日``."""
    seconds = int(span.total_seconds())
    if seconds < _HOUR:
        return _counted(ngettext("%(number)d minute", "%(number)d minutes", seconds // _MINUTE), seconds // _MINUTE)
    if seconds < _DAY:
        return _counted(ngettext("%(number)d hour", "%(number)d hours", seconds // _HOUR), seconds // _HOUR)
    if seconds < _FORTNIGHT:
        return _counted(ngettext("%(number)d day", "%(number)d days", seconds // _DAY), seconds // _DAY)
    return _long(seconds // _DAY)


def _long(days: int) -> str:
    if days * _DAY < _TWO_MONTHS:
        return _counted(ngettext("%(number)d week", "%(number)d weeks", days // 7), days // 7)
    return _counted(ngettext("%(number)d month", "%(number)d months", days // 30), days // 30)


def _counted(pattern: str, number: int) -> str:
    return pattern % {"number": number}


def _this_year(value: date) -> bool:
    return value.year == timezone.localdate().year


def size(number: int) -> str:
    """Bytes as ``640 B``, ``12 KB`` or ``3.4 MB``."""
    if number < 1000:
        return f"{number} B"
    if number < 1_000_000:
        return f"{number // 1000} KB"
    return f"{number / 1_000_000:.1f} MB"
