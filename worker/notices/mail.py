"""A letter as mail: complete RFC 5322 bytes, with nothing in them that tracks and nothing that answers itself."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.utils import timezone

from worker.domain.errors import NoticeError
from worker.domain.ports import OutgoingLetter
from worker.notices.models import Notice

REFERENCE_HEADER = "X-Mamori-Reference"


def compose(notice: Notice, sender: str, reply_to: str, now: datetime) -> OutgoingLetter:
    """The letter ready to leave. ``sender`` is a display name with an address as in settings, ``reply_to`` an address.

    NoticeError where a name, an address or the subject cannot stand in a header.
    """
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = mailbox(name, address)
        message["Reply-To"] = mailbox(name, reply_to)
        message["To"] = mailbox(notice.recipient_name, notice.recipient_address)
        message["Subject"] = one_line(notice.subject)
    except (ValueError, IndexError) as error:
        raise NoticeError(f"Letter {notice.reference}: a header cannot be written ({error}); correct it.") from error
    message["Date"] = format_datetime(timezone.localtime(now))
    message["Message-ID"] = notice.message_id
    message["Auto-Submitted"] = "no"
    message[REFERENCE_HEADER] = notice.reference
    message.set_content(notice.text, cte="base64")
    if notice.html:
        message.add_alternative(notice.html, subtype="html", cte="base64")
    return OutgoingLetter(notice.message_id, address, (notice.recipient_address,), message.as_bytes())


def mailbox(name: str, address: str) -> Address:
    """A display name and an address for a header; ValueError where they could break out of it."""
    return Address(display_name=one_line(name), addr_spec=one_line(address))


def one_line(text: str) -> str:
    """``text`` unchanged; ValueError where it has a line break or another control character."""
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text) or len(text.splitlines()) > 1:
        raise ValueError("a header holds one line without control characters")
    return text
