"""A read mail as JSON and back, and what is kept of its words when they go."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import Any

from worker.domain.mail import Address, Attachment, Block, ParsedMail, Region
from worker.domain.text import storable

_SHORTEST_LINE = 6
_LINES = 2000


def to_json(parsed: ParsedMail) -> dict[str, Any]:
    """``parsed`` as plain JSON data that any database keeps.

    The HTML source and the raw headers stay out: both are in the original bytes. NUL and lone surrogates become
    U+FFFD, one for one, so that positions stay right.
    """
    return {
        "message_id": storable(parsed.message_id),
        "in_reply_to": storable(parsed.in_reply_to),
        "references": [storable(each) for each in parsed.references],
        "subject": storable(parsed.subject),
        "sender": _address(parsed.sender) if parsed.sender else None,
        "reply_to": [_address(each) for each in parsed.reply_to],
        "to": [_address(each) for each in parsed.to],
        "cc": [_address(each) for each in parsed.cc],
        "date": _time(parsed.date),
        "received": _time(parsed.received),
        "text": storable(parsed.text),
        "blocks": [[block.region.value, block.start, block.end, block.depth] for block in parsed.blocks],
        "attachments": [[storable(a.filename), storable(a.type), a.size, a.sha256] for a in parsed.attachments],
        "automatic": storable(parsed.automatic),
        "defects": [storable(each) for each in parsed.defects],
    }


def from_json(data: dict[str, Any]) -> ParsedMail:
    """The mail that :func:`to_json` wrote."""
    return ParsedMail(
        message_id=data["message_id"],
        in_reply_to=data["in_reply_to"],
        references=tuple(data["references"]),
        subject=data["subject"],
        sender=Address(*data["sender"]) if data["sender"] else None,
        reply_to=tuple(Address(*each) for each in data["reply_to"]),
        to=tuple(Address(*each) for each in data["to"]),
        cc=tuple(Address(*each) for each in data["cc"]),
        date=_moment(data["date"]),
        received=_moment(data["received"]),
        text=data["text"],
        blocks=tuple(Block(Region(region), start, end, depth) for region, start, end, depth in data["blocks"]),
        attachments=tuple(Attachment(*each) for each in data["attachments"]),
        automatic=data["automatic"],
        defects=tuple(data["defects"]),
    )


def to_wire(parsed: ParsedMail) -> bytes:
    """``parsed`` with its headers, without the HTML source, as UTF-8 JSON for the way between two processes."""
    whole = {"mail": to_json(parsed), "headers": {name: list(values) for name, values in parsed.headers.items()}}
    return json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass")


def from_wire(data: bytes) -> ParsedMail:
    """The mail that :func:`to_wire` wrote; ValueError, LookupError, TypeError or AttributeError where it is no such."""
    whole = json.loads(data)
    headers = {str(name): tuple(map(str, values)) for name, values in whole["headers"].items()}
    return replace(from_json(whole["mail"]), headers=headers)


def signature_of(parsed: ParsedMail) -> dict[str, Any]:
    """What stays of a mail whose words go: digests of its own lines, so that a repeated line is still recognised."""
    return {"lines": line_digests(parsed.own_words)}


def line_digests(text: str) -> list[str]:
    """16 hex digits for each different line of six or more letters, alike for width, case and white space."""
    lines = ("".join(unicodedata.normalize("NFKC", line).casefold().split()) for line in text.splitlines())
    kept = dict.fromkeys(line for line in lines if len(line) >= _SHORTEST_LINE)
    return [hashlib.sha256(line.encode("utf-8", "replace")).hexdigest()[:16] for line in kept][:_LINES]


def _address(address: Address) -> list[str]:
    return [storable(address.name), storable(address.address)]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
