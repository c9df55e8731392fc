"""A mail as read, and a thread of mails: what every judgement is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """Whether a mail came to the desk (``in``) or left it (``out``)."""

    IN = "in"
    OUT = "out"


class Region(StrEnum):
    """What a stretch of the readable text is; only ``own`` counts as this sender's words."""

    OWN = "own"
    QUOTE = "quote"
    UNVERIFIED_QUOTE = "unverified_quote"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"


@dataclass(frozen=True, slots=True)
class Address:
    """A display name and an address as decoded; either may be empty, neither is ever None."""

    name: str
    address: str

    @property
    def key(self) -> str:
        """The address in the form that compares equal for the same mailbox."""
        return self.address.strip().casefold()

    @property
    def domain(self) -> str:
        """The part after the last ``@``, lower case; empty where there is none."""
        return self.key.rpartition("@")[2] if "@" in self.address else ""


@dataclass(frozen=True, slots=True)
class OwnSide:
    """Who counts as the desk's own side: its addresses, and the domains of its colleagues with their subdomains."""

    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def is_desk(self, address: Address) -> bool:
        """Whether it is one of the desk's own addresses."""
        return address.key in {known.strip().casefold() for known in self.addresses}

    def holds(self, address: Address) -> bool:
        """Whether the address is the desk's or a colleague's."""
        domains = (domain.strip().casefold().lstrip("@") for domain in self.domains)
        return self.is_desk(address) or any(
            address.domain == domain or address.domain.endswith(f".{domain}") for domain in domains if domain
        )


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attached part: its decoded name, declared type, size in bytes and SHA-256 (hex) of the decoded bytes."""

    filename: str
    type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch ``text[start:end]`` of a mail's readable text; blocks are in order and cover the whole text."""

    region: Region
    start: int
    end: int
    depth: int = 0


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What was read out of the bytes of one mail.

    ``text`` is the readable body with ``\\n`` newlines (plain part, else the HTML as text); ``blocks`` divide it.
    ``date`` is the sender's clock, with offset, or None. ``automatic`` is "" or the reason in one word.
    ``received`` is the newest Received stamp. ``headers`` hold the others by lower-case name, decoded, without the
    addresses above and without signatures of transport. ``defects`` name what was wrong and how it was read all the same.
    """

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    received: datetime | None = None
    text: str = ""
    blocks: tuple[Block, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    automatic: str = ""
    defects: tuple[str, ...] = ()
    html: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def own_words(self) -> str:
        """The own stretches of the text, joined by newlines, without surrounding white space."""
        return self._joined(Region.OWN)

    @property
    def quoted(self) -> str:
        """The quoted stretches, verified or not, joined by newlines."""
        return self._joined(Region.QUOTE, Region.UNVERIFIED_QUOTE)

    @property
    def signature(self) -> str:
        """The signature stretches, joined by newlines."""
        return self._joined(Region.SIGNATURE)

    def _joined(self, *regions: Region) -> str:
        parts = (self.text[b.start : b.end].strip() for b in self.blocks if b.region in regions)
        return "\n".join(part for part in parts if part)


class Authorship(StrEnum):
    """How sure we are who wrote a mail; a letter rests on ``known`` or ``confirmed`` only."""

    KNOWN = "known"
    UNCHECKED = "unchecked"
    DOUBTED = "doubted"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Message:
    """One mail in its place: who, which way, when by our own server's stamp (aware datetime).

    ``key`` identifies it where it came from: a database id, a Message-ID or a corpus number, as text.
    ``answers`` is the key of the message it replies to, or "".
    """

    key: str
    parsed: ParsedMail
    direction: Direction
    at: datetime
    author: Address
    answers: str = ""
    authorship: Authorship = Authorship.UNCHECKED


@dataclass(frozen=True, slots=True)
class Thread:
    """The messages of one exchange, oldest first, never empty.

    ``counterpart`` is the person outside; ``key`` the first Message-ID, or a digest, or the corpus id.
    """

    key: str
    counterpart: Address
    messages: tuple[Message, ...]

    @property
    def subject(self) -> str:
        """The subject of the first message."""
        return self.messages[0].parsed.subject
