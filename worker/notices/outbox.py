"""What sending needs from outside: a way out, a name, and a place for copies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from worker.domain.errors import MamoriError
from worker.domain.ports import LetterChannel, SentFolder


@dataclass(frozen=True, slots=True)
class Outbox:
    """``sender`` as in settings ("name <address>"), ``reply_to`` an address that we read.

    ``sent`` opens the mailbox that holds the Sent folders named in ``folders``, or is None; ``save_sent``: append the
    copy ourselves, to the first of them, because the relay does not.
    """

    channel: LetterChannel
    sender: str
    reply_to: str
    sent: Callable[[], AbstractContextManager[SentFolder]] | None = None
    folders: tuple[str, ...] = field(default=())
    save_sent: bool = False

    @property
    def keeps_copies(self) -> bool:
        """Whether copies are ours to append."""
        return self.save_sent and self.sent is not None and bool(self.folders)

    def holds(self, message_id: str) -> bool:
        """Whether a Sent folder holds that letter. False too where it cannot be asked: absent means unknown."""
        if self.sent is None or not self.folders:
            return False
        try:
            with self.sent() as place:
                return place.holds(self.folders, message_id)
        except MamoriError:
            return False

    def keep(self, message_id: str, raw: bytes) -> bool:
        """Append the copy unless it is there; False where that failed and is to be tried again."""
        assert self.sent is not None, "asked only where keeps_copies"
        try:
            with self.sent() as place:
                if not place.holds(self.folders, message_id):
                    place.keep(self.folders[0], raw)
        except MamoriError:
            return False
        return True
