"""A thread as read for judgement: each mail's own words folded and looked through once, shared by all detectors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.detectors.fold import Folded, fold
from worker.detectors.matching import Matcher, Matches
from worker.domain.judgement import Field
from worker.domain.mail import Direction, Message, Region
from worker.domain.rules import Way
from worker.domain.scene import Scene

_PREFIX = re.compile(r"^(?:\s*(?:re|fw|fwd|aw|返信|転送|回复|答复)\s*(?:\[\d+\])?\s*[:：])+\s*", re.IGNORECASE)
UNVERIFIED = "unverified_quote"


@dataclass(frozen=True)
class Part:
    """Words of one mail that were matched: own text, subject, or a quote that nobody is known to have written."""

    matches: Matches
    field: Field
    source: str
    damped: tuple[str, ...] = ()

    @property
    def folded(self) -> Folded:
        """The words folded."""
        return self.matches.folded

    def clip(self, start: int, end: int) -> tuple[str, int, int]:
        """The original words of folded ``[start:end]``, and where they stand in the mail's text or subject."""
        first, last = self.folded.original(start, end)
        return self.source[first:last], first, last


@dataclass(frozen=True)
class ReadMail:
    """One mail with its parts, own words first. ``way`` is the side of rules that it is asked."""

    message: Message
    parts: tuple[Part, ...]

    @property
    def own(self) -> Part:
        """The sender's own words in the text."""
        return self.parts[0]

    @property
    def incoming(self) -> bool:
        """Whether it came to the desk."""
        return self.message.direction is Direction.IN

    @property
    def way(self) -> Way:
        """The side of rules that this mail is asked."""
        return Way.IN if self.incoming else Way.OUT

    @property
    def judged(self) -> bool:
        """Whether a person wrote it, as far as its headers tell; machine mail is not judged."""
        return not self.message.parsed.automatic

    def shows(self, cue: str) -> bool:
        """Whether the own words show that cue in some sentence."""
        return bool(self.own.matches.sentences_with(cue))


@dataclass(frozen=True)
class Reading:
    """A scene read through: its mails in order, oldest first."""

    scene: Scene
    mails: tuple[ReadMail, ...]

    @property
    def incoming(self) -> tuple[ReadMail, ...]:
        """The mails that people sent to the desk."""
        return tuple(mail for mail in self.mails if mail.incoming and mail.judged)

    @property
    def outgoing(self) -> tuple[ReadMail, ...]:
        """The mails that people of the desk sent."""
        return tuple(mail for mail in self.mails if not mail.incoming and mail.judged)

    def before(self, mail: ReadMail) -> Iterator[ReadMail]:
        """The mails of the thread that are older than ``mail``."""
        return (earlier for earlier in self.mails if earlier.message.at < mail.message.at)


def read(scene: Scene, matcher: Matcher) -> Reading:
    """Read each mail of the scene's thread. Quotes of known mails, signatures and disclaimers are left out."""
    seen: set[str] = set()
    return Reading(scene, tuple(_read_mail(message, matcher, seen) for message in scene.thread.messages))


def _read_mail(message: Message, matcher: Matcher, seen: set[str]) -> ReadMail:
    text = message.parsed.text
    own = fold(text, _stretches(message, Region.OWN))
    parts = [Part(matcher.look(own), Field.TEXT, text)]
    subject = _PREFIX.sub("", message.parsed.subject)
    if subject and subject not in seen:
        seen.add(subject)
        start = len(message.parsed.subject) - len(subject)
        folded = fold(message.parsed.subject, [(start, len(message.parsed.subject))])
        parts.append(Part(matcher.look(folded), Field.SUBJECT, message.parsed.subject))
    if unverified := _stretches(message, Region.UNVERIFIED_QUOTE):
        parts.append(Part(matcher.look(fold(text, unverified)), Field.TEXT, text, (UNVERIFIED,)))
    return ReadMail(message, tuple(parts))


def _stretches(message: Message, region: Region) -> list[tuple[int, int]]:
    return [(block.start, block.end) for block in message.parsed.blocks if block.region is region]
