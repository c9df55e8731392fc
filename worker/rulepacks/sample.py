"""A line or two as a scene: for examples of rules and for ``rules explain``."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from worker.domain.hours import Calendar, ServiceSpan
from worker.domain.mail import Address, Block, Direction, Message, ParsedMail, Region, Thread
from worker.domain.scene import Scene

CALENDAR = Calendar("Asia/Tokyo", (ServiceSpan(frozenset(range(5)), time(10), time(18)),), "JP")
_CUSTOMER = Address("", "customer@client.example")
_DESK = Address("", "support@sample.example")
_FIRST = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # a Wednesday, 11:00 in Tokyo


def sample_message(
    text: str, direction: Direction = Direction.IN, number: int = 0, at: datetime | None = None, subject: str = ""
) -> Message:
    """A plain mail whose whole text is own words."""
    parsed = ParsedMail(text=text, subject=subject, blocks=(Block(Region.OWN, 0, len(text)),))
    author = _CUSTOMER if direction is Direction.IN else _DESK
    return Message(str(number), parsed, direction, at or _FIRST + timedelta(hours=number), author)


def sample_scene(text: str, before: str = "", direction: Direction = Direction.IN) -> Scene:
    """A thread of the mail ``text``, after ``before`` from the desk where that is given."""
    messages = [sample_message(before, Direction.OUT)] if before else []
    messages.append(sample_message(text, direction, len(messages)))
    return Scene(Thread("sample", _CUSTOMER, tuple(messages)), CALENDAR)
