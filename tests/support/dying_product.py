"""``python -m worker`` that is killed by the system (kill -9) at the n-th event after its first IMAP command.

Events are IMAP commands sent, statements given to the database, and commits done. Arguments: the number (0: never),
a file to write the number of events into, and the command's own.
"""

from __future__ import annotations

import imaplib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class Fate:
    """Counts events and ends the process when its hour has come."""

    def __init__(self, hour: int) -> None:
        self.hour = hour
        self.events = 0

    def happen(self, first: bool = False) -> None:
        """One event; those before the first IMAP command do not count."""
        if first or self.events:
            self.events += 1
        if self.hour and self.events == self.hour:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Hook the events, then be the product."""
    fate, report = Fate(int(sys.argv[1])), Path(sys.argv[2])
    _before(imaplib.IMAP4, "send", lambda: fate.happen(first=True))
    _after(BaseDatabaseWrapper, "_commit", fate.happen)

    def hook(connection: BaseDatabaseWrapper, **_: object) -> None:
        connection.execute_wrappers.append(lambda execute, *told: (fate.happen(), execute(*told))[1])

    connection_created.connect(hook, weak=False)
    sys.argv[1:] = sys.argv[3:]
    from worker.cli import main as product

    try:
        product()
    finally:
        report.write_text(str(fate.events), encoding="ascii")


def _before(owner: type, name: str, event: Callable[[], None]) -> None:
    usual = getattr(owner, name)

    def hooked(*arguments: Any) -> Any:
        event()
        return usual(*arguments)

    setattr(owner, name, hooked)


def _after(owner: type, name: str, event: Callable[[], None]) -> None:
    usual = getattr(owner, name)

    def hooked(*arguments: Any) -> Any:
        result = usual(*arguments)
        event()
        return result

    setattr(owner, name, hooked)


if __name__ == "__main__":
    main()
