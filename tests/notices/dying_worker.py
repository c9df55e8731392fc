"""A worker that dies: one process for each letter, ended without warning at the n-th line of the sending path.

Called as ``python dying_worker.py DATABASE RELAY_URL NOW LETTER:LINE …``; prints for each letter how many lines ran.
Line 0 means to the end.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import django
from django.conf import settings

#: The rooms whose lines count as the sending path.
PATH = tuple(str(Path(__file__).resolve().parents[2] / "worker" / room) for room in ("notices", "channels"))


class Reaper:
    """Counts the lines of the sending path and ends the process at one of them."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.count = 0

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """A trace function for ``sys.settrace``."""
        if not frame.f_code.co_filename.startswith(PATH):
            return None
        if event == "line":
            self.count += 1
            if self.count == self.line:
                os._exit(9)
        return self


def attempt(notice_id: int, line: int, relay: str, now: datetime) -> int:
    """Deliver one letter, dying at ``line``; gives the number of lines."""
    from worker.channels.smtp import SmtpChannel
    from worker.notices.services import Outbox, deliver

    outbox = Outbox(SmtpChannel(relay, timeout=5.0), "Desk <support@sample.example>", "support@sample.example")
    reaper = Reaper(line)
    sys.settrace(reaper)
    deliver(notice_id, outbox, now)
    sys.settrace(None)
    return reaper.count


def main() -> None:
    """One child for each letter, one after the other."""
    database, relay, moment, *letters = sys.argv[1:]
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    for letter in letters:
        notice_id, _, line = letter.partition(":")
        child = os.fork()
        if child == 0:
            count = attempt(int(notice_id), int(line), relay, datetime.fromisoformat(moment))
            sys.stdout.write(f"{notice_id} {count}\n")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
