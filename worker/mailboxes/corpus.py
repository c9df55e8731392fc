"""A labelled corpus (JSON Lines) as mail: each case's mails as RFC 5322 bytes, so that the same code reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, getaddresses
from pathlib import Path
from typing import Any

from worker.domain.errors import MailboxError
from worker.domain.mail import Direction
from worker.domain.ports import Fetched

_LABELS = ("flag", "kind", "categories", "severity", "evidence", "author", "scenario")
_ADDRESS_HEADERS = frozenset(("from", "to", "cc", "reply-to", "sender"))


@dataclass(frozen=True, slots=True)
class CorpusCase:
    """One case: its mails oldest first, the desk it was written to, and the labels as they stand (maybe none).

    ``desk`` and ``labels`` are plain JSON values; a mail's key is its number ``n`` as text.
    """

    id: str
    mails: tuple[Fetched, ...]
    desk: Mapping[str, Any]
    policy: str
    labels: Mapping[str, Any] = field(default_factory=dict)


def read_cases(path: Path) -> Iterator[CorpusCase]:
    """The cases of the file in its order. MailboxError names the file and the line that is no case."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _checked(line, path, number)
    except (OSError, UnicodeDecodeError) as error:
        raise MailboxError(f"{path} could not be read as a corpus: {error}.", kind="folder") from error


def _checked(line: str, path: Path, number: int) -> CorpusCase:
    try:
        return case_of(_object(json.loads(line)))
    except (ValueError, TypeError, AttributeError) as error:
        raise MailboxError(f"{path}, line {number} is no case of a corpus: {error}.", kind="folder") from error
    except KeyError as error:
        raise MailboxError(
            f"{path}, line {number} is no case of a corpus: {error} is missing.", kind="folder"
        ) from error


def _object(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise TypeError("it is no JSON object")
    return data


def case_of(data: Mapping[str, Any]) -> CorpusCase:
    """The case in ``data`` (an object as in the guide); KeyError, TypeError or ValueError where it is none."""
    case_id = str(data["id"])
    mails = sorted(data["mails"], key=lambda mail: (datetime.fromisoformat(mail["date"]), mail["n"]))
    labels = {key: data[key] for key in _LABELS if key in data}
    fetched = tuple(_fetched(mail, case_id) for mail in mails)
    return CorpusCase(case_id, fetched, data.get("desk") or {}, str(data.get("policy") or ""), labels)


def _fetched(mail: Mapping[str, Any], case_id: str) -> Fetched:
    raw = mail_bytes(mail, case_id)
    number = int(mail["n"])
    stamp = datetime.fromisoformat(mail["date"])
    if stamp.tzinfo is None:
        raise ValueError(f"the date of mail {number} has no offset")
    return Fetched(number + 1, raw, len(raw), stamp, True, Direction(mail["direction"]), str(number))


def mail_bytes(mail: Mapping[str, Any], case_id: str) -> bytes:
    """The mail as RFC 5322 bytes: text/plain, UTF-8, 8 bit; its own ``headers`` win over those made from its fields."""
    headers: dict[str, str] = {
        "From": mail["from"],
        "To": mail["to"],
        "Subject": mail.get("subject") or "",
        "Date": format_datetime(datetime.fromisoformat(mail["date"])),
        "Message-ID": message_id(case_id, mail["n"]),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    if mail.get("reply_to") is not None:
        headers["In-Reply-To"] = headers["References"] = message_id(case_id, mail["reply_to"])
    for name, value in (mail.get("headers") or {}).items():
        known = next((key for key in headers if key.casefold() == name.casefold()), name)
        if known != "Content-Type":
            headers[known] = str(value)
    lines = [f"{name}: {_encoded(name, value)}" for name, value in headers.items()]
    text = "\n".join(lines) + f"\n\n{mail['body']}"
    return text.encode("utf-8", "replace").replace(b"\n", b"\r\n")


def message_id(case_id: str, number: int) -> str:
    """The Message-ID that a corpus mail is given; a case's mails answer each other by it."""
    return f"<{number}.{case_id}@corpus.example>"


def _encoded(name: str, value: str) -> str:
    """A header value as ASCII: addresses by name, everything else as a whole."""
    value = " ".join(value.split("\n"))
    if value.isascii():
        return value
    if name.casefold() in _ADDRESS_HEADERS:
        return ", ".join(formataddr(pair, "utf-8") for pair in getaddresses([value]))
    return Header(value, "utf-8").encode(linesep="\n")
