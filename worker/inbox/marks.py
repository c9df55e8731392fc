"""What is kept of a mail for joining threads: digests, so that it may stay when the words go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from worker.directory.domains import is_free_mail, registered
from worker.domain.mail import Address, Direction, OwnSide, ParsedMail
from worker.parsing.subjects import subject_key
from worker.parsing.threads import link_ids

_MARKS = 60
_SHORTEST_SUBJECT = 3


def marks_of(parsed: ParsedMail, author: Address, own: OwnSide) -> list[str]:
    """Marks of everybody outside whom a mail names: ``a…`` for each address, ``d…`` for a firm's mail domain.

    Two mails with a mark in common share somebody; domains of free mail are no mark.
    """
    found: dict[str, None] = {}
    for address in _outside((author, *parsed.reply_to, *parsed.to, *parsed.cc), own):
        found[_digest("a", address.key)] = None
        if address.domain and not is_free_mail(address.domain):
            found[_digest("d", registered(address.domain) or address.domain)] = None
    return list(found)[:_MARKS]


def counterpart_address(parsed: ParsedMail, author: Address, direction: Direction, own: OwnSide) -> Address | None:
    """The person outside: the author of what came in, the first recipient outside of what went out; None: nobody."""
    candidates = (author,) if direction is Direction.IN else (*parsed.to, *parsed.cc)
    return next(_outside(candidates, own), None)


def subject_of(parsed: ParsedMail) -> tuple[str, bool]:
    """The digest of the bare subject ("" where it is too short to say anything), and whether it is a bare reply.

    A bare reply calls itself a reply, names no other mail, and was not sent by a machine: only such a mail is joined
    by its subject.
    """
    key, answered = subject_key(parsed.subject)
    if len(key) < _SHORTEST_SUBJECT:
        return "", False
    bare = answered and not link_ids(parsed) and not parsed.automatic
    return _digest("s", key)[1:], bare


def _outside(addresses: Iterable[Address], own: OwnSide) -> Iterator[Address]:
    return (address for address in addresses if address.key and not own.holds(address))


def _digest(kind: str, text: str) -> str:
    return kind + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
