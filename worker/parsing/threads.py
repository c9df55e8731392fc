"""Which mails belong to one exchange: the same answer whatever the order of arrival."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from worker.domain.mail import Address, Direction, Message, OwnSide, ParsedMail, Thread
from worker.parsing.subjects import subject_key

SUBJECT_DAYS = 30
"""How long after a mail a reply that names no Message-ID is still joined to it by its subject."""
_SHORTEST_SUBJECT = 3
_FREE_MAIL = frozenset(
    [
        "gmail.com", "googlemail.com", "yahoo.co.jp", "yahoo.com", "ymail.ne.jp", "outlook.com",
        "outlook.jp", "hotmail.com", "hotmail.co.jp", "live.jp", "live.com", "msn.com",
        "icloud.com", "me.com", "mac.com", "docomo.ne.jp", "ezweb.ne.jp", "au.com",
        "softbank.ne.jp", "i.softbank.jp", "ymobile.ne.jp", "nifty.com", "biglobe.ne.jp", "so-",
        "net.ne.jp", "ocn.ne.jp", "plala.or.jp", "excite.co.jp", "aol.com", "proton.me",
        "protonmail.com", "gmx.de", "gmx.net", "qq.com", "163.com", "126.com", "sina.com",
        "naver.com", "daum.net", "mail.ru", "yandex.ru",
    ]
)  # fmt: skip


def link_ids(parsed: ParsedMail) -> tuple[str, ...]:
    """The ids by which a mail names the exchange it belongs to: References, then In-Reply-To; its own left out."""
    named = dict.fromkeys((*parsed.references, parsed.in_reply_to))
    return tuple(identity for identity in named if identity and identity != parsed.message_id)


def group(messages: Sequence[Message], own: OwnSide | None = None) -> list[Thread]:
    """Divide ``messages`` into threads, oldest thread first; every message stands in exactly one.

    Two mails are joined where one names the other, or both name the same, *and* they share somebody outside (an
    address, or a domain that is not free mail's); so a forged reference does not enter another's thread. Without any
    usable reference a reply joins by its subject and an address both share, within SUBJECT_DAYS. ``own`` tells our
    own side apart; where it is None, whoever wrote the outgoing mails is our side. Messages of a thread stand in the
    order of their time, then key; ``answers`` names the parent where that is among them, and else stays as it was.
    """
    ordered = sorted(messages, key=_order)
    sides = _Sides(ordered, own or OwnSide())
    sets = _Sets(len(ordered))
    _join_by_ids(ordered, sides, sets)
    _join_by_subject(ordered, sides, sets)
    threads = [_thread([ordered[place] for place in places], sides) for places in sets.groups()]
    return sorted(threads, key=lambda thread: _order(thread.messages[0]))


def join(message: Message, threads: Sequence[Thread], own: OwnSide | None = None) -> list[Thread]:
    """The threads that come of adding ``message`` to ``threads``: it may join one, bridge several, or stand alone."""
    return group([message, *(known for thread in threads for known in thread.messages)], own)


def _order(message: Message) -> tuple[float, str, str]:
    return message.at.timestamp(), message.key, message.parsed.message_id


class _Sets:
    """Disjoint sets of places; the smallest place stands for its set."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, place: int) -> int:
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low

    def groups(self) -> Iterable[list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for place in range(len(self._parent)):
            found[self.root(place)].append(place)
        return found.values()


@dataclass(frozen=True, slots=True)
class _Outside:
    """Whom outside a mail concerns: addresses, and with them the domains that belong to one organisation."""

    addresses: frozenset[str]
    marks: frozenset[str]


class _Sides:
    """Tells our own side from everybody else, for each message once."""

    def __init__(self, messages: Sequence[Message], own: OwnSide) -> None:
        self._own = own
        self._ours = {message.author.key for message in messages if message.direction is Direction.OUT}
        self._writers = {message.author.key for message in messages if message.direction is Direction.IN}
        self._known = bool(own.addresses or own.domains)
        self.outside = [self._outside(message) for message in messages]

    def is_ours(self, address: Address) -> bool:
        return address.key in self._ours or self._own.holds(address)

    def _outside(self, message: Message) -> _Outside:
        found = [address for address in self._named(message) if address.key and not self.is_ours(address)]
        domains = {f"@{address.domain}" for address in found if address.domain and address.domain not in _FREE_MAIL}
        addresses = frozenset(address.key for address in found)
        return _Outside(addresses, addresses | domains)

    def _named(self, message: Message) -> Iterator[Address]:
        """Author and recipients. Where our side is unknown, who never wrote to us proves nothing: it may be us."""
        yield message.author
        others = (*message.parsed.reply_to, *message.parsed.to, *message.parsed.cc)
        for address in others:
            if message.direction is Direction.OUT or self._known or address.key in self._writers:
                yield address


def _join_by_ids(messages: Sequence[Message], sides: _Sides, sets: _Sets) -> None:
    named: defaultdict[str, list[int]] = defaultdict(list)
    for place, message in enumerate(messages):
        for identity in {message.parsed.message_id, *link_ids(message.parsed)} - {""}:
            named[identity].append(place)
    for places in named.values():
        _join_sharing(places, sides, sets)


def _join_sharing(places: Sequence[int], sides: _Sides, sets: _Sets) -> None:
    """Join those of ``places`` that share a mark of somebody outside."""
    first: dict[str, int] = {}
    for place in places:
        for mark in sides.outside[place].marks:
            sets.join(first.setdefault(mark, place), place)


def _join_by_subject(messages: Sequence[Message], sides: _Sides, sets: _Sets) -> None:
    present = {message.parsed.message_id for message in messages}
    keys = [subject_key(message.parsed.subject) for message in messages]
    buckets: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, (key, _) in enumerate(keys):
        for address in sides.outside[place].addresses if len(key) >= _SHORTEST_SUBJECT else ():
            buckets[key, address].append(place)
    for places in buckets.values():
        for before, after in pairwise(places):
            lost = keys[after][1] and present.isdisjoint(link_ids(messages[after].parsed))
            near = messages[after].at - messages[before].at <= timedelta(days=SUBJECT_DAYS)
            if lost and near and not messages[after].parsed.automatic:
                sets.join(before, after)


def _thread(messages: Sequence[Message], sides: _Sides) -> Thread:
    by_id = {message.parsed.message_id: message for message in reversed(messages) if message.parsed.message_id}
    linked = tuple(_linked(message, by_id) for message in messages)
    return Thread(_key(linked), _counterpart(linked, sides), linked)


def _linked(message: Message, by_id: dict[str, Message]) -> Message:
    """The message with the key of its parent: the last of its References that is here, else of In-Reply-To.

    A parent stands before its answer; so loops of forged references end here.
    """
    named = (*reversed(message.parsed.references), message.parsed.in_reply_to)
    parents = (by_id[identity] for identity in named if identity in by_id)
    parent = next((found for found in parents if _order(found) < _order(message)), None)
    return replace(message, answers=parent.key) if parent else message


def _key(messages: Sequence[Message]) -> str:
    """The first Message-ID of the thread, or a digest where no mail in it has one."""
    known = next((message.parsed.message_id for message in messages if message.parsed.message_id), "")
    return known or digest_of(messages[0].parsed)


def digest_of(parsed: ParsedMail) -> str:
    """A stable name for a mail without a Message-ID, made of what was read in it."""
    sender = parsed.sender.key if parsed.sender else ""
    date = parsed.date.isoformat() if parsed.date else ""
    return hashlib.sha256("\0".join((sender, date, parsed.subject, parsed.text)).encode()).hexdigest()


def _counterpart(messages: Sequence[Message], sides: _Sides) -> Address:
    """Who wrote the first incoming mail from outside, else whom the first outgoing mail went to."""
    incoming = [message.author for message in messages if message.direction is Direction.IN]
    outside = [author for author in incoming if author.key and not sides.is_ours(author)]
    written_to = (
        address
        for message in messages
        if message.direction is Direction.OUT
        for address in message.parsed.to
        if not sides.is_ours(address)
    )
    return next(iter((*outside, *written_to, *incoming)), messages[0].author)
