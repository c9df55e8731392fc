"""What makes a mail the same mail, told from its bytes with a look at the header only."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from worker.domain.ports import Fetched

_HEADER_LIMIT = 256 * 1024
_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Identity:
    """``key`` (64 hex digits) is equal for copies of one mail; ``sha256`` (hex) names its bytes."""

    key: str
    sha256: str


def identify(mail: Fetched) -> Identity:
    """The identity of a fetched mail: its Message-ID with the digest of its body.

    So one mail is known once in two folders, where its headers grew on the way, and after its UIDs changed; two mails
    that claim one Message-ID stay two. Without a Message-ID all bytes decide; of a mail that was cut for its size,
    the size stands for the body.
    """
    sha256 = hashlib.sha256(mail.raw).hexdigest()
    head, body = _divide(mail.raw)
    message_id = peek_message_id(head)
    if not message_id:
        return Identity(hashlib.sha256(b"bytes\0" + sha256.encode()).hexdigest(), sha256)
    what = _body_digest(body) if mail.complete else b"size %d" % mail.size
    return Identity(hashlib.sha256(b"\0".join((b"id", message_id, what))).hexdigest(), sha256)


def peek_message_id(head: bytes) -> bytes:
    """The first Message-ID in the header bytes, without brackets and white space; b"" where there is none."""
    found = _MESSAGE_ID.search(head)
    return re.sub(rb"[\s<>\x00]+", b"", found.group(1)) if found else b""


def _divide(raw: bytes) -> tuple[bytes, bytes]:
    """Header and body; a mail without an empty line (or with an endless header) is all header."""
    end = _END.search(raw, 0, _HEADER_LIMIT)
    return (raw[: end.start()], raw[end.end() :]) if end else (raw[:_HEADER_LIMIT], raw[_HEADER_LIMIT:])


def _body_digest(body: bytes) -> bytes:
    """The same for line ends of either kind and for empty lines at the end, which servers add and drop."""
    return hashlib.sha256(body.replace(b"\r\n", b"\n").rstrip(b"\r\n")).digest()
