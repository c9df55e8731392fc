"""Letters and alerts printed instead of sent: for trying things out on one's own terminal."""

from __future__ import annotations

import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TextIO

from worker.domain.ports import Delivery, OutgoingLetter


class Console:
    """Serves LetterChannel and AlertChannel by writing to ``stream`` (standard output where none is given)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def send(self, letter: OutgoingLetter) -> Delivery:
        """Print envelope, subject and plain text; every recipient counts as accepted."""
        message = message_from_bytes(letter.raw, _class=EmailMessage, policy=policy.default)
        body = message.get_body(("plain",))
        lines = (
            f"MAIL FROM {letter.sender}",
            *(f"RCPT TO {recipient}" for recipient in letter.recipients),
            f"Message-ID: {letter.message_id}",
            f"Subject: {message['subject'] or ''}",
            "",
            body.get_content() if body else "",
        )
        self._write(*lines)
        return Delivery(accepted=letter.recipients)

    def alert(self, title: str, text: str) -> None:
        """Print the alert on one line."""
        self._write(f"{title}: {text}")

    def _write(self, *lines: str) -> None:
        self._stream.write("\n".join(lines) + "\n")
        self._stream.flush()
