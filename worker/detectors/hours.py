"""Demands to be served outside the hours; mail that merely arrives then is never a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worker.detectors.reading import Reading, ReadMail
from worker.domain.hours import Calendar
from worker.domain.judgement import Category, Finding
from worker.domain.rules import Role, Status, Strength, Way

EMERGENCY_FACTOR = 0.4
SEVERAL_NIGHTS = 2
_WEEKDAYS = "月火水木金土日"


class Hours:
    """Pressure to serve or answer outside the desk's or contract's hours, by its calendar and holidays."""

    id = "hours"
    categories = (Category.OFF_HOURS,)

    def examine(self, reading: Reading) -> Iterable[Finding]:
        """Demands to be served now, sent then; their nights counted; and other pressure that was sent then."""
        calendar = reading.scene.calendar
        night = [mail for mail in reading.incoming if _counts(mail, reading, calendar)]
        demanding = [(mail, said[0]) for mail in night if (said := mail.saying("wants_now"))]
        for mail, sentence in demanding:
            strength = EMERGENCY_FACTOR if mail.shows("emergency") else 1.0
            fact = f"受付時間外（{_moment(mail, calendar)}）に対応を求めています。"
            yield mail.finding(
                "hours.demand", Category.OFF_HOURS, strength, "時間外の対応を求めています。", sentence, fact
            )
        yield from _nights([mail for mail, _ in demanding if not mail.shows("emergency")], calendar)
        yield from (_pressure(mail, calendar) for mail in night if _presses(mail))


def _counts(mail: ReadMail, reading: Reading, calendar: Calendar) -> bool:
    """Whether the mail came outside the hours and is not about an outage that is served at any hour."""
    if calendar.is_open(mail.message.at):
        return False
    return calendar.emergencies != "around the clock" or not any(m.shows("emergency") for m in reading.incoming)


def _nights(mails: list[ReadMail], calendar: Calendar) -> Iterator[Finding]:
    days = {calendar.local(mail.message.at).date() for mail in mails}
    if len(days) >= SEVERAL_NIGHTS:
        fact = f"受付時間外の対応の要求が{len(days)}日にわたります。"
        yield mails[-1].finding("hours.nights", Category.OFF_HOURS, 1.0, "時間外の要求が続いています。", fact=fact)


def _presses(mail: ReadMail) -> bool:
    """Whether a rule that may flag found more than a weak sign in the own words, and nothing lowers it."""
    matches = mail.own.matches
    return any(
        hit.rule.role is Role.SIGNAL
        and hit.rule.status is Status.STABLE
        and hit.rule.strength is not Strength.WEAK
        and hit.rule.direction is not Way.OUT
        and not matches.dampers_at(hit.sentence, hit.rule.category)
        for hit in matches.hits
    )


def _pressure(mail: ReadMail, calendar: Calendar) -> Finding:
    fact = f"受付時間外（{_moment(mail, calendar)}）に送られています。"
    return mail.finding(
        "hours.pressure", Category.OFF_HOURS, 1.0, "圧力をかける言葉が時間外に送られています。", fact=fact
    )


def _moment(mail: ReadMail, calendar: Calendar) -> str:
    """The moment on the desk's clock, with the holiday's name where it is one."""
    here = calendar.local(mail.message.at)
    holiday = calendar.holiday_name(here.date())
    return f"{here:%Y-%m-%d}({_WEEKDAYS[here.weekday()]}{'・' + holiday if holiday else ''}) {here:%H:%M}"
