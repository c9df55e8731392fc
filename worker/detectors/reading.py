"""A thread as read for judgement: each mail's own words folded and looked through once, shared by all detectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

from worker.detectors.fold import Folded
from worker.detectors.matching import Matcher, Matches
from worker.detectors.model import SHORTEST_SENTENCE, Model
from worker.domain.judgement import Category, Field, Finding
from worker.domain.mail import Direction, Message, ParsedMail, Region
from worker.domain.rules import Way
from worker.domain.scene import Scene

Human = Callable[[ParsedMail], bool]
UNVERIFIED = "unverified_quote"
WORST = 3
"""How many sentences speak for a thread: one odd sentence says little, three are a tone."""
ORDINARY = 1.5
PER_LENGTH = 0.85
"""The worst of n ordinary sentences have log-odds of about ORDINARY + PER_LENGTH × ln n, on lines held out."""
HISTORY_MAILS = 60
"""How many of the counterpart's latest mails in other threads are read for repetition and volume."""
_PREFIX = re.compile(r"(?:\s*(?:re|fw|fwd|aw|返信|転送|回复|答复)\s*(?:\[\d+\])?\s*[:：])+\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """Words of one mail to be matched: own text, subject, or a quote that nobody is known to have written.

    They stand at ``stretches``, (start, end), of ``source``.
    """

    matcher: Matcher
    field: Field
    source: str
    stretches: Sequence[tuple[int, int]]
    damped: tuple[str, ...] = ()

    @cached_property
    def matches(self) -> Matches:
        """What stands in the words, looked for when first asked: of most earlier mails nobody asks."""
        return self.matcher.read(self.source, self.stretches)

    @property
    def folded(self) -> Folded:
        """The words folded."""
        return self.matches.folded

    def clip(self, start: int, end: int) -> tuple[str, int, int]:
        """The original words of folded ``[start:end]`` without white space around, and where they stand."""
        first, last = self.folded.original(start, end)
        words = self.source[first:last]
        first += len(words) - len(words.lstrip())
        return words.strip(), first, first + len(words.strip())

    def sentence(self, number: int) -> tuple[str, int, int]:
        """The original words of that sentence, and where they stand."""
        return self.clip(*self.folded.sentences[number])


@dataclass(frozen=True)
class ReadMail:
    """One mail with its parts, own words first. ``judged``: a person wrote it; machine mail is not judged."""

    message: Message
    parts: tuple[Part, ...]
    judged: bool

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

    def saying(self, cue: str) -> list[int]:
        """The sentences of the own words that show ``cue`` and that nothing lowers."""
        matches = self.own.matches
        shown = sorted(matches.sentences_with(cue))
        return [number for number in shown if not matches.dampers_at(number, Category.OTHER)]

    def shows(self, *cues: str) -> bool:
        """Whether the own words show one of these cues."""
        return any(self.own.matches.sentences_with(cue) for cue in cues)

    def finding(
        self, rule: str, category: Category, strength: float, reason: str, sentence: int | None = None, fact: str = ""
    ) -> Finding:
        """A detector's finding in this mail: the words of a sentence, or a fact; ``rule`` starts with its detector."""
        text, start, end = ("", 0, 0) if sentence is None else self.own.sentence(sentence)
        detector, key = rule.partition(".")[0], self.message.key
        return Finding(
            detector, rule, category, key, round(strength, 4), reason, text, Field.TEXT, start, end, fact=fact
        )


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sentence with its log-odds of being harassment, by the learned part."""

    odds: float
    mail: ReadMail
    sentence: int


@dataclass(frozen=True)
class Reading:
    """A scene read through: its mails in order, oldest first."""

    scene: Scene
    mails: tuple[ReadMail, ...]
    matcher: Matcher
    is_human: Human
    model: Model | None = None

    @cached_property
    def incoming(self) -> tuple[ReadMail, ...]:
        """The mails that people sent to the desk."""
        return tuple(mail for mail in self.mails if mail.incoming and mail.judged)

    @cached_property
    def outgoing(self) -> tuple[ReadMail, ...]:
        """The mails that people of the desk sent."""
        return tuple(mail for mail in self.mails if not mail.incoming and mail.judged)

    @cached_property
    def timeline(self) -> tuple[ReadMail, ...]:
        """What people wrote in this thread and in the counterpart's other ones before it ended, oldest first."""
        history = self.scene.history[-HISTORY_MAILS:]
        earlier = (ReadMail(m, (_own(m, self.matcher),), self.is_human(m.parsed)) for m in history)
        return tuple(sorted((m for m in (*earlier, *self.mails) if m.judged), key=lambda mail: mail.message.at))

    @cached_property
    def worst(self) -> tuple[Suspect, ...]:
        """The sentences of the counterpart's own words that look worst to the learned part; () where there is none.

        Sentences that a damper lowers are left out.
        """
        return self._scored[:WORST]

    @cached_property
    def _scored(self) -> tuple[Suspect, ...]:
        model = self.model
        if model is None:
            return ()
        scored = (Suspect(model.log_odds(text), mail, number) for mail, number, text in self._suspects())
        return tuple(sorted(scored, key=lambda suspect: -suspect.odds))

    def _suspects(self) -> Iterator[tuple[ReadMail, int, str]]:
        for mail in self.incoming:
            folded = mail.own.folded
            if mail.message.parsed.automatic:
                continue
            for number, (start, end) in enumerate(folded.sentences):
                if end - start >= SHORTEST_SENTENCE and not mail.own.matches.dampers_at(number, Category.THREAT):
                    yield mail, number, folded.text[start:end]

    @property
    def tone(self) -> float | None:
        """How much the worst sentences look like harassment, as log-odds; None where the learned part says nothing.

        It is their mean, less what the worst of so many ordinary sentences would have.
        """
        if not self.worst:
            return None
        mean = sum(suspect.odds for suspect in self.worst) / len(self.worst)
        return mean - ORDINARY - PER_LENGTH * log(len(self._scored))

    @cached_property
    def about_processes(self) -> bool:
        """Whether the thread speaks of processes and servers that are killed, dead or attacked."""
        return any(mail.shows("trade") for mail in self.mails)

    def admitted_before(self, mail: ReadMail) -> bool:
        """Whether the desk had admitted a failure in this thread before ``mail``."""
        return any(answer.shows("admitted") for answer in self.outgoing if answer.message.at <= mail.message.at)


def read(scene: Scene, matcher: Matcher, is_human: Human, model: Model | None = None) -> Reading:
    """Read each mail of the scene's thread. Quotes of known mails, signatures and disclaimers are left out.

    ``is_human`` says of a parsed mail whether a person wrote it; ``model`` is the learned part, where there is one.
    """
    return Reading(scene, _read_all(scene.thread.messages, matcher, is_human), matcher, is_human, model)


def _read_all(messages: tuple[Message, ...], matcher: Matcher, is_human: Human) -> tuple[ReadMail, ...]:
    subjects: set[str] = set()
    return tuple(
        ReadMail(message, tuple(_parts(message, matcher, subjects)), is_human(message.parsed)) for message in messages
    )


def _parts(message: Message, matcher: Matcher, subjects: set[str]) -> Iterator[Part]:
    text, subject = message.parsed.text, message.parsed.subject
    yield _own(message, matcher)
    prefix = _PREFIX.match(subject)
    start = prefix.end() if prefix else 0
    if subject[start:] not in subjects:
        subjects.add(subject[start:])
        yield Part(matcher, Field.SUBJECT, subject, [(start, len(subject))])
    if unverified := _stretches(message, Region.UNVERIFIED_QUOTE):
        yield Part(matcher, Field.TEXT, text, unverified, (UNVERIFIED,))


def _own(message: Message, matcher: Matcher) -> Part:
    return Part(matcher, Field.TEXT, message.parsed.text, _stretches(message, Region.OWN))


def _stretches(message: Message, region: Region) -> list[tuple[int, int]]:
    return [(block.start, block.end) for block in message.parsed.blocks if block.region is region]
