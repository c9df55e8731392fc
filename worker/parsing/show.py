"""The object that ``mamori show`` prints for a mail (docs/formats/show.schema.json)."""

from __future__ import annotations

from typing import Any

from worker.domain.mail import Address, ParsedMail


def describe(file: str, parsed: ParsedMail) -> dict[str, Any]:
    """The plain data of one mail, ready for JSON; ``file`` is the name it was given by."""
    return {
        "file": file,
        "message_id": parsed.message_id,
        "in_reply_to": parsed.in_reply_to,
        "references": list(parsed.references),
        "subject": parsed.subject,
        "from": _address(parsed.sender) if parsed.sender else None,
        "to": [_address(address) for address in parsed.to],
        "cc": [_address(address) for address in parsed.cc],
        "date": parsed.date.isoformat() if parsed.date else None,
        "text": parsed.text,
        "own_words": parsed.own_words,
        "quoted": parsed.quoted,
        "signature": parsed.signature,
        "attachments": [
            {"filename": item.filename, "type": item.type, "size": item.size, "sha256": item.sha256}
            for item in parsed.attachments
        ],
        "automatic": parsed.automatic or False,
        "defects": list(parsed.defects),
    }


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}
