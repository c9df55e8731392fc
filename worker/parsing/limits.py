"""How much of one mail is read before a person has to look: bounds, never crashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NEEDS_PERSON = "needs a person"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on reading one mail; whatever lies beyond is left out, with a defect that starts with NEEDS_PERSON.

    ``size`` and ``header_bytes`` are bytes, ``text`` and ``html`` characters, and ``depth`` levels of MIME. HTML may
    nest as deep as it likes: reading it costs its length. Nothing in a mail is ever decompressed.
    """

    size: int = 64 * 1024 * 1024
    header_bytes: int = 256 * 1024
    headers: int = 1_000
    parts: int = 500
    depth: int = 25
    text: int = 500_000
    html: int = 2_000_000
    attachments: int = 200


DEFAULT = Limits()


class Notes:
    """What was wrong while one mail was read, each thing once, in the order it was met."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    def add(self, note: str) -> None:
        """Note a defect; "" is nothing."""
        if note:
            self._seen[note] = None

    def extend(self, notes: Iterable[str]) -> None:
        """Note several defects."""
        for note in notes:
            self.add(note)

    def person(self, why: str) -> None:
        """Note something that only a person can settle."""
        self.add(f"{NEEDS_PERSON}: {why}")

    def all(self) -> tuple[str, ...]:
        """Every note so far."""
        return tuple(self._seen)


def needs_person(defects: Iterable[str]) -> bool:
    """Whether any defect says that the mail was not read in full and a person has to look."""
    return any(defect.startswith(NEEDS_PERSON) for defect in defects)
