"""The seams: how mail is read and how letters leave. One contract test suite per port lies in tests/contracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from worker.domain.mail import Direction


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """What a server says of a folder. ``uidvalidity`` is None where it gave no readable value."""

    uidvalidity: int | None
    uidnext: int
    count: int


class Profile(StrEnum):
    """A kind of mail server whose habits are known."""

    DOVECOT = "dovecot"
    GMAIL = "gmail"
    EXCHANGE = "exchange"
    ICLOUD = "icloud"
    GENERIC = "generic"


class Shelf(StrEnum):
    """A folder for review in people's own mail client, by its name there: to look at, applies, does not apply."""

    LOOK = "要確認"
    APPLIES = "該当"
    APPLIES_NOT = "非該当"


@dataclass(frozen=True, slots=True)
class ServerTraits:
    """What a mail server is and offers: its kind, and its capabilities in upper case, sorted."""

    profile: Profile
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as it lies in a folder. ``internal_date`` is the server's stamp (aware) or None.

    ``raw`` are the original bytes, cut to headers and text where ``complete`` is False (over the size limit).
    ``direction`` is set where the place tells it (a Sent folder, a corpus). ``key`` is the place's own name for the
    mail where it has one (a corpus number, a file name), else "".
    """

    uid: int
    raw: bytes
    size: int
    internal_date: datetime | None = None
    complete: bool = True
    direction: Direction | None = None
    key: str = ""


class MailReader(Protocol):
    """A place that holds mail: an IMAP account or an archive. Reading never changes it. Raises MailboxError.

    A context manager; UIDs rise within a folder. A UID that has gone is left out of ``fetch``'s answer, and an answer
    that is otherwise short raises.
    """

    def __enter__(self) -> MailReader: ...
    def __exit__(self, *exc: object) -> None: ...

    def folders(self) -> Sequence[str]:
        """The folders to read, in order."""

    def status(self, folder: str) -> FolderStatus:
        """UIDVALIDITY, UIDNEXT and count of ``folder``."""

    def uids(self, folder: str, first: int = 1) -> Sequence[int]:
        """The UIDs of ``folder`` from ``first`` on, rising."""

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[Fetched]:
        """The mails of those UIDs, in batches, peeking only."""


class ReviewPlace(Protocol):
    """Where flagged mail is put before people in their own mail client. Raises MailboxError."""

    def prepare(self) -> None:
        """Make what is needed for copies."""

    def copy(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> bool:
        """Copy mails to where people look; False where it could not be done now."""

    def mark(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> bool:
        """Mark mails where they lie; False where that is not possible."""


@dataclass(frozen=True, slots=True)
class OutgoingLetter:
    """A letter ready to leave: complete RFC 5322 bytes with a fixed Message-ID, and its envelope."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the relay took: accepted recipients, and refused ones with the server's words."""

    accepted: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()


class LetterChannel(Protocol):
    """A way out for letters. Raises ChannelError: permanent, uncertain (after DATA, no answer), or neither (retry)."""

    def send(self, letter: OutgoingLetter) -> Delivery:
        """Hand the letter over once."""


class AlertChannel(Protocol):
    """A way to call somebody. Texts hold ids and counts only, never an address, a subject or a word of a mail."""

    def alert(self, title: str, text: str) -> None:
        """Tell the people whom the setting names."""


class SentFolder(Protocol):
    """Where copies of letters are kept on the server."""

    def keep(self, folder: str, raw: bytes) -> None:
        """Append the copy, marked as read."""

    def holds(self, folders: Iterable[str], message_id: str) -> bool:
        """Whether one of the folders holds a mail with this Message-ID."""
