"""What every LetterChannel does, whichever way out it is."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.support.smtp_sink import smtp_sink
from worker.channels import WAYS, Console, SmtpChannel
from worker.domain.ports import Delivery, LetterChannel, OutgoingLetter

RAW = (
    b"From: support@sample.example\r\nTo: aoki@client.example\r\nMessage-ID: <n-1@sample.example>\r\n"
    b"Subject: =?utf-8?b?44GU6YCa55+l?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"first line\r\n.a line that starts with a dot\r\n..two\r\nlast line\r\n"
)
LETTER = OutgoingLetter("<n-1@sample.example>", "support@sample.example", ("aoki@client.example",), RAW)


@dataclass
class Way:
    """A channel under test, and what came out at its end as text."""

    channel: LetterChannel
    came_out: Callable[[], str]


@pytest.fixture(params=["smtp", "console"])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """Each way out, with a real end."""
    if request.param == "console":
        stream = io.StringIO()
        yield Way(Console(stream), stream.getvalue)
        return
    with smtp_sink() as sink:
        yield Way(SmtpChannel(sink.url()), lambda: "".join(mail.raw.decode() for mail in sink.mails))


def test_the_letter_comes_out_whole(way: Way) -> None:
    """A letter comes out with its Message-ID and every line, also those that start with a dot."""
    delivery = way.channel.send(LETTER)
    came_out = way.came_out().replace("\r\n", "\n")
    assert delivery == Delivery(accepted=("aoki@client.example",))
    assert "<n-1@sample.example>" in came_out
    assert "first line\n.a line that starts with a dot\n..two\nlast line\n" in came_out


def test_one_send_is_one_letter(way: Way) -> None:
    """Sending hands the letter over once, and sending again once more: a channel has no memory of its own."""
    way.channel.send(LETTER)
    once = way.came_out().count("first line")
    way.channel.send(LETTER)
    assert (once, way.came_out().count("first line")) == (1, 2)


def test_several_recipients_are_all_accepted(way: Way) -> None:
    """Every recipient of the envelope is named in the answer, in order."""
    both = ("aoki@client.example", "counsel@law.example")
    assert way.channel.send(OutgoingLetter(LETTER.message_id, LETTER.sender, both, RAW)).accepted == both


def test_every_folder_of_channels_is_in_the_list() -> None:
    """A way out is one folder and one line: list and folders agree."""
    from pathlib import Path

    import worker.channels

    folder = Path(worker.channels.__file__).parent
    assert sorted(WAYS) == sorted(path.parent.name for path in folder.glob("*/__init__.py"))
