"""What a judgement is made from: a thread, what the counterpart wrote before, and the desk's own circumstances."""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.hours import Calendar
from worker.domain.mail import Message, Thread


@dataclass(frozen=True, slots=True)
class Scene:
    """One thread to be assessed.

    ``history`` are the same counterpart's messages in other threads before this one's last, oldest first, both ways.
    ``calendar`` is the contract's hours, else the desk's. ``scope`` is what the contract covers, in one line, or "".
    """

    thread: Thread
    calendar: Calendar
    history: tuple[Message, ...] = ()
    scope: str = ""
