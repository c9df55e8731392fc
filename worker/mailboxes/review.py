"""Review from one's own mail client: the only code that changes anything in a mailbox, and only where a setting asks.

Mails are copied or marked, never moved, never deleted, and ``\\Seen`` stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.domain.ports import Shelf
from worker.mailboxes.faults import faults_at
from worker.mailboxes.imap import ImapReader

KEYWORD = "$MamoriReview"


class ImapReview(ImapReader):
    """A connection that may write; implements ReviewPlace."""

    def prepare(self) -> None:
        """Make the review folders that are not there yet."""
        with faults_at(self.account.place):
            for name in self.shelf_names():
                if not self._client.folder_exists(name):
                    self._client.create_folder(name)
                    self._client.subscribe_folder(name)

    def copy(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> bool:
        """Copy mails to 要確認; False where the folder has another UIDVALIDITY by now. UIDs that have gone are left out."""
        with faults_at(self.account.place):
            if self._open(folder).get(b"UIDVALIDITY") != uidvalidity:
                return False
            target = next(name for name, shelf in self.shelf_names().items() if shelf is Shelf.LOOK)
            self._client.copy(list(uids), target)
        return True

    def mark(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> bool:
        """Set the keyword on mails; False where the server allows no new ones (``\\*``), or under another UIDVALIDITY."""
        with faults_at(self.account.place):
            answer = self._client.select_folder(folder)
            allowed = b"\\*" in answer.get(b"PERMANENTFLAGS", ())
            if answer.get(b"UIDVALIDITY") != uidvalidity or not allowed:
                return False
            self._client.add_flags(list(uids), [KEYWORD], silent=True)
        return True
