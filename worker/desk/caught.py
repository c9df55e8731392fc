"""The demo's caught mail: ``.eml`` files in a folder, read for showing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worker.parsing import read_mail

#: The latest so many are shown.
MOST = 50


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One caught mail; ``date`` is the sender's, or None."""

    subject: str
    sender: str
    to: str
    date: datetime | None
    text: str


def mails_in(folder: Path) -> list[CaughtMail]:
    """The mails of ``folder``, newest file first."""
    files = sorted(folder.glob("*.eml"), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    return [_read(file) for file in files[:MOST]]


def _read(file: Path) -> CaughtMail:
    parsed = read_mail(file.read_bytes())
    sender = f"{parsed.sender.name} <{parsed.sender.address}>" if parsed.sender else ""
    to = ", ".join(f"{each.name} <{each.address}>".strip() for each in parsed.to)
    return CaughtMail(parsed.subject, sender.strip(), to, parsed.date, parsed.text)
