"""A thread as read for judgement: each mail's own words folded and looked through once, shared by all detectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from worker.detectors.context import Before, sentences
from worker.detectors.fold import Folded
from worker.detectors.matching import Matcher, Matches
from worker.detectors.model import Model
from worker.domain.judgement import Category, Field, Finding
from worker.domain.mail import Direction, Message, ParsedMail, Region
from worker.domain.rules import Way
from worker.domain.scene import Scene

Human = Callable[[ParsedMail], bool]
UNVERIFIED = "unverified_quote"
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
    signs: tuple[str, ...] = ()

    def shares(self, model: Model) -> dict[Category, float]:
        """How likely it is each category, if it is harassment."""
        return model.shares(self.mail.own.folded.sentence(self.sentence), self.signs)

    def gravity(self, model: Model) -> float:
        """How likely it is grave, if it is harassment."""
        return model.gravity(self.mail.own.folded.sentence(self.sentence), self.signs)


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
    def suspects(self) -> tuple[Suspect, ...]:
        """The counterpart's own sentences, those that look worst to the learned part first; () where there is none."""
        model = self.model
        if model is None:
            return ()
        scored = (
            Suspect(model.log_odds(text, signs), mail, number, tuple(signs))
            for mail, number, text, signs in self.sentences()
        )
        return tuple(sorted(scored, key=lambda suspect: -suspect.odds))

    def sentences(self) -> Iterator[tuple[ReadMail, int, str, list[str]]]:
        """Each own sentence of the counterpart with its mail, its number, its folded text and the signs around it."""
        before = Before()
        for mail in self.mails:
            if not mail.incoming:
                before.answer(mail.own.matches)
            elif mail.judged and not mail.message.parsed.automatic:
                night = not self.scene.calendar.is_open(mail.message.at)
                for number, text, signs in sentences(mail.own.matches, mail.way, before, night):
                    yield mail, number, text, signs
                before.came(mail.own.matches)

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
