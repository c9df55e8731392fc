"""The bytes of one mail → a :class:`ParsedMail`, whatever the bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from worker.domain.mail import Address, ParsedMail
from worker.parsing.addresses import addresses
from worker.parsing.automatic import reason
from worker.parsing.body import BodyReader, attached_mails
from worker.parsing.charset import clean, decode
from worker.parsing.dates import parse_date, received_date
from worker.parsing.headers import Headers
from worker.parsing.ids import message_ids, one_id
from worker.parsing.limits import DEFAULT, Limits, Notes
from worker.parsing.mime import Part, Splitter
from worker.parsing.quotes import blocks_of
from worker.parsing.words import header_text

_ONCE = ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "content-type")
_DROPPED = re.compile(
    r"(?:from|to|cc|reply-to)$|dkim-signature|domainkey-signature|arc-|x-ms-exchange-|x-microsoft-antispam|x-google-|x-forefront-"
)
_KEPT_VALUES, _KEPT_LENGTH = 20, 2_000


def read_mail(raw: bytes, limits: Limits = DEFAULT) -> ParsedMail:
    """Read a mail. Never raises: whatever is wrong is named in ``defects`` and the rest is read all the same.

    A limit that was passed, and text that cannot be read, give a defect that begins with "needs a person"
    (see :func:`worker.parsing.limits.needs_person`).
    """
    notes = Notes()
    try:
        return _read(raw, limits, notes)
    except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, MemoryError, RecursionError) as error:
        notes.person(f"this mail could not be read ({type(error).__name__})")
        return _plainly(raw, limits, notes)


def _plainly(raw: bytes, limits: Limits, notes: Notes) -> ParsedMail:
    """The last resort: everything as text, so that a person can look."""
    text = decode(raw[: limits.text]).text.replace("\r\n", "\n").replace("\r", "\n")
    return ParsedMail(text=text, blocks=blocks_of(text), defects=notes.all())


def read_attached(raw: bytes, limits: Limits = DEFAULT) -> tuple[bytes, ...]:
    """The bytes of the mails attached to the mail ``raw``, for mail handed in as a forwarded attachment."""
    notes = Notes()
    return tuple(attached_mails(_tree(raw, limits, notes), notes))


def _tree(raw: bytes, limits: Limits, notes: Notes) -> Part:
    if len(raw) > limits.size:
        notes.person(f"mail larger than {limits.size} bytes")
        raw = raw[: limits.size]
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    return Splitter(raw, limits, notes).tree(start, len(raw))


def _read(raw: bytes, limits: Limits, notes: Notes) -> ParsedMail:
    root = _tree(raw, limits, notes)
    headers = root.headers
    _note_doubles(headers, notes)
    body = BodyReader(limits, notes).read(root)
    sender = _sender(headers, notes)
    kept = _kept(headers, notes)
    subject = _first(kept, "subject")
    return ParsedMail(
        message_id=one_id(_ascii(headers, "message-id")),
        in_reply_to=_parent(headers),
        references=message_ids(" ".join(_text_of(value) for value in headers.all("references"))),
        subject=subject,
        sender=sender,
        reply_to=_list(headers, "reply-to", notes),
        to=_list(headers, "to", notes),
        cc=_list(headers, "cc", notes),
        date=_date(kept, notes),
        received=_received(headers),
        text=body.text,
        blocks=blocks_of(body.text),
        attachments=tuple(body.attachments),
        automatic=reason(kept, _kinds(root), sender, subject, body.text),
        defects=notes.all(),
        html=body.html,
        headers=kept,
    )


def _kinds(root: Part) -> tuple[str, ...]:
    """The content types that tell a machine: of the whole mail, and of calendar parts with their method."""
    calendars = (leaf for leaf in root.leaves() if leaf.type == "text/calendar")
    methods = (f"text/calendar; method={leaf.method()}" for leaf in calendars)
    return (root.type, *methods)


def _note_doubles(headers: Headers, notes: Notes) -> None:
    for name in _ONCE:
        if len(headers.all(name)) > 1:
            notes.add(f"headers: {name} more than once")


def _first(kept: Mapping[str, Sequence[str]], name: str) -> str:
    return next((value for value in kept.get(name, ()) if value), "")


def _text_of(value: bytes) -> str:
    return clean(value.decode("utf-8", "replace").replace("\n", " "))


def _ascii(headers: Headers, name: str) -> str:
    return _text_of(headers.raw(name))


def _parent(headers: Headers) -> str:
    ids = message_ids(_ascii(headers, "in-reply-to"))
    return ids[0] if ids else ""


def _list(headers: Headers, name: str, notes: Notes) -> tuple[Address, ...]:
    return tuple(address for value in headers.all(name) for address in addresses(value, notes))


def _sender(headers: Headers, notes: Notes) -> Address | None:
    found = _list(headers, "from", notes)
    if not found:
        notes.add("headers: no From")
        return None
    return next((address for address in found if "@" in address.address), found[0])


def _date(kept: Mapping[str, Sequence[str]], notes: Notes) -> datetime | None:
    if "date" not in kept:
        notes.add("date: missing")
        return None
    found, note = parse_date(_first(kept, "date"))
    notes.add(note)
    return found


def _received(headers: Headers) -> datetime | None:
    """The newest stamp is in the first Received line: servers write theirs on top."""
    for value in headers.all("received")[:1]:
        return received_date(_text_of(value))
    return None


def _kept(headers: Headers, notes: Notes) -> dict[str, tuple[str, ...]]:
    """The headers as text, bounded in number and length: without addresses, which have fields of their own, and
    without signatures and bulk of transport.
    """
    return {name: _values(values, notes) for name, values in headers.fields.items() if _DROPPED.match(name) is None}


def _values(values: Sequence[bytes], notes: Notes) -> tuple[str, ...]:
    return tuple(clean(header_text(value, notes))[:_KEPT_LENGTH] for value in values[:_KEPT_VALUES])
