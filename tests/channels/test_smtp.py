"""The SMTP channel tells every failure apart by one question: can the letter have left?"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.certificates import Authority
from tests.support.processes import LOOPBACK, free_port
from tests.support.smtp_sink import SmtpSink, smtp_sink
from worker.channels.smtp import SmtpChannel, read_url
from worker.domain.errors import ChannelError, ConfigError
from worker.domain.ports import OutgoingLetter

RAW = b"Subject: x\nMessage-ID: <n-1@sample.example>\n\nbody without a line end"
LETTER = OutgoingLetter("<n-1@sample.example>", "support@sample.example", ("aoki@client.example",), RAW)
TWO = OutgoingLetter("<n-2@sample.example>", LETTER.sender, ("aoki@client.example", "counsel@law.example"), RAW)


def failure(url: str, letter: OutgoingLetter = LETTER, **options: object) -> ChannelError:
    """The ChannelError that sending raises."""
    with pytest.raises(ChannelError) as caught:
        SmtpChannel(url, timeout=2.0, **options).send(letter)  # type: ignore[arg-type]
    return caught.value


def verdict(error: ChannelError) -> str:
    """permanent, uncertain or again."""
    assert not (error.permanent and error.uncertain)
    return "permanent" if error.permanent else "uncertain" if error.uncertain else "again"


@contextmanager
def relay(*says: bytes) -> Iterator[str]:
    """A relay that says each of ``says`` after one line from the client, then closes; the first is its greeting."""
    listener = socket.create_server((LOOPBACK, 0))

    def serve() -> None:
        link, _ = listener.accept()
        with link, link.makefile("rb") as lines:
            link.sendall(says[0])
            for said in says[1:]:
                lines.readline()
                link.sendall(said)
            lines.readline()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"smtp://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(5)


HELLO = (b"220 hi\r\n", b"250 hi\r\n")


def test_bare_line_ends_become_crlf(sink: SmtpSink) -> None:
    """Lines end in CRLF on the wire whatever the letter had, and the last one is ended."""
    SmtpChannel(sink.url()).send(LETTER)
    assert sink.mails[0].raw == RAW.replace(b"\n", b"\r\n") + b"\r\n"


def test_a_refused_recipient_is_told_beside_the_accepted(sink: SmtpSink) -> None:
    """Where one of two is refused, the letter goes to the other, and the server's words are kept."""
    sink.switches.refuse_recipients["counsel@law.example"] = "550 5.1.1 unknown here"
    delivery = SmtpChannel(sink.url()).send(TWO)
    assert delivery.accepted == ("aoki@client.example",)
    assert delivery.refused == (("counsel@law.example", "550 5.1.1 unknown here"),)
    assert sink.mails[0].recipients == ("aoki@client.example",)


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ({"aoki@client.example": "550 no", "counsel@law.example": "550 no"}, "permanent"),
        ({"aoki@client.example": "550 no", "counsel@law.example": "451 later"}, "again"),
    ],
)
def test_all_recipients_refused(sink: SmtpSink, replies: dict[str, str], expected: str) -> None:
    """Where everybody is refused nothing leaves; it is tried again while one refusal was temporary."""
    sink.switches.refuse_recipients.update(replies)
    assert verdict(failure(sink.url(), TWO)) == expected
    assert sink.mails == []


@pytest.mark.parametrize(("reply", "expected"), [("451 4.3.0 later", "again"), ("553 no such sender", "permanent")])
def test_a_refused_sender(sink: SmtpSink, reply: str, expected: str) -> None:
    """4xx to MAIL FROM is worth another try, 5xx is for a person."""
    sink.switches.on_mail = reply
    error = failure(sink.url())
    assert verdict(error) == expected
    assert reply in str(error)


@pytest.mark.parametrize(("reply", "expected"), [("452 4.3.1 full", "again"), ("554 5.7.1 not wanted", "permanent")])
def test_a_text_refused_in_so_many_words(sink: SmtpSink, reply: str, expected: str) -> None:
    """A relay that answers the text with a refusal has not taken it: nothing is uncertain."""
    sink.switches.on_data = reply
    assert verdict(failure(sink.url())) == expected


def test_no_answer_after_the_text_is_uncertain(sink: SmtpSink) -> None:
    """A relay that is silent after the text may have taken it."""
    sink.switches.hang_after_data = True
    assert verdict(failure(sink.url())) == "uncertain"
    assert len(sink.mails) == 1


def test_a_drop_after_the_text_is_uncertain(sink: SmtpSink) -> None:
    """A connection that ends after the text leaves it open whether it was taken."""
    sink.switches.drop_after_data = True
    assert verdict(failure(sink.url())) == "uncertain"


def test_a_drop_before_the_text_is_tried_again(sink: SmtpSink) -> None:
    """A connection that ends before DATA has taken nothing."""
    sink.switches.drop_before_data = True
    assert verdict(failure(sink.url())) == "again"
    assert sink.mails == []


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ((b"421 too busy\r\n",), "again"),
        ((b"554 go away\r\n",), "permanent"),
        ((b"nonsense\r\n",), "again"),
        ((*HELLO, b"250 ok\r\n", b"250 ok\r\n", b"451 no text now\r\n"), "again"),
        ((*HELLO, b"250 ok\r\n", b"250 ok\r\n", b"554 no text\r\n"), "permanent"),
        ((*HELLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"gibberish\r\n"), "uncertain"),
        ((*HELLO, b"250 ok\r\n", b"250 ok\r\n"), "again"),
    ],
)
def test_answers_that_only_a_strange_relay_gives(says: tuple[bytes, ...], expected: str) -> None:
    """Greetings that refuse, DATA that is refused, and answers that cannot be read each have their verdict."""
    with relay(*says) as url:
        assert verdict(failure(url)) == expected


def test_a_relay_that_says_nothing_is_given_up() -> None:
    """A relay that takes the connection and never greets is tried again later."""
    with socket.create_server((LOOPBACK, 0)) as silent:
        assert verdict(failure(f"smtp://{LOOPBACK}:{silent.getsockname()[1]}")) == "again"


def test_a_closed_port_is_tried_again() -> None:
    """Where nobody listens, nothing left."""
    assert verdict(failure(f"smtp://{LOOPBACK}:{free_port()}")) == "again"


def test_goodbye_does_not_matter() -> None:
    """A relay that drops the line instead of a goodbye has taken the letter all the same."""
    with relay(*HELLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"", b"", b"", b"250 taken\r\n") as url:
        assert SmtpChannel(url, timeout=2.0).send(LETTER).accepted == LETTER.recipients


@pytest.mark.parametrize("address", ["青木@client.example", "aoki@client.example\r\nRCPT TO:<x@evil.example>"])
def test_addresses_that_cannot_go_on_the_wire(sink: SmtpSink, address: str) -> None:
    """An address with a line break or beyond ASCII is refused before anything is said to the relay about it."""
    letter = OutgoingLetter(LETTER.message_id, LETTER.sender, (address,), RAW)
    assert verdict(failure(sink.url(), letter)) == "permanent"
    assert sink.mails == []


def test_starttls_with_login(authority: Authority) -> None:
    """STARTTLS with a certificate of the named authority, and a sign-in, deliver the letter."""
    with smtp_sink(certificate=authority.issue("relay"), login=("desk@sample.example", "pass word")) as sink:
        url = sink.url("smtp+starttls", "desk%40sample.example")
        SmtpChannel(url, "pass word", ca_file=str(authority.ca_file)).send(LETTER)
        assert len(sink.mails) == 1


def test_tls_from_the_start(authority: Authority) -> None:
    """smtps:// speaks TLS from the first byte."""
    with smtp_sink(certificate=authority.issue("relay"), implicit_tls=True) as sink:
        channel = SmtpChannel(sink.url("smtps"), ca_file=str(authority.ca_file))
        channel.check()
        channel.send(LETTER)
        assert len(sink.mails) == 1


def test_a_wrong_password_is_permanent(authority: Authority) -> None:
    """A sign-in refused for good goes to a person at once."""
    with smtp_sink(certificate=authority.issue("relay"), login=("desk", "right")) as sink:
        error = failure(sink.url("smtp+starttls", "desk"), password="wrong", ca_file=str(authority.ca_file))
        assert verdict(error) == "permanent"
        assert "wrong" not in str(error).split("(")[0]


def test_an_unknown_certificate_is_permanent(authority: Authority) -> None:
    """A relay whose certificate nobody vouches for gets nothing."""
    with smtp_sink(certificate=authority.issue("relay"), implicit_tls=True) as sink:
        assert verdict(failure(sink.url("smtps"))) == "permanent"
        assert sink.mails == []


def test_starttls_that_is_not_offered_is_permanent(sink: SmtpSink) -> None:
    """Where the relay offers no STARTTLS, the letter does not go in the clear."""
    assert verdict(failure(sink.url("smtp+starttls"))) == "permanent"
    assert sink.mails == []


def test_tls_to_a_plain_port_is_told(sink: SmtpSink) -> None:
    """smtps:// to a plain port fails before anything is handed over."""
    assert verdict(failure(sink.url("smtps"))) == "again"


@pytest.mark.parametrize(
    "kind",
    [
        smtplib.SMTPServerDisconnected,
        smtplib.SMTPNotSupportedError,
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPException,
        ssl.SSLError,
        ssl.SSLEOFError,
        socket.gaierror,
        ConnectionResetError,
        OSError,
        TimeoutError,
        ValueError,
    ],
)
def test_every_lower_error_is_mapped(kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever smtplib, ssl or the socket raises before the text comes out as a ChannelError that is not uncertain."""

    def fail(*_: object, **__: object) -> None:
        raise kind("x")

    monkeypatch.setattr(smtplib, "SMTP", fail)
    assert verdict(failure("smtp://127.0.0.1:2525")) in ("again", "permanent")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://mail.example", "not known"),
        ("smtp+starttls://", "names no host"),
        ("smtps://a:secret@mail.example", "password_env"),
        ("smtps://mail.example:99999", "port"),
        ("smtp://mail.example", "allow_plaintext"),
    ],
)
def test_a_wrong_url_is_a_setting_fault(url: str, words: str) -> None:
    """Each fault of smtp.url is named with the way out, and a password in it is never repeated."""
    with pytest.raises(ConfigError, match=words) as caught:
        SmtpChannel(url)
    assert "secret" not in str(caught.value)


def test_a_ca_file_that_is_none() -> None:
    """A ca_file that does not exist is named."""
    with pytest.raises(ConfigError, match=r"missing\.pem"):
        SmtpChannel("smtps://mail.example", ca_file="/nowhere/missing.pem")


@pytest.mark.parametrize(
    ("url", "port", "loopback"),
    [
        ("smtp://localhost", 25, True),
        ("smtp://[::1]:2525", 2525, True),
        ("smtp+starttls://u%40x@mail.example", 587, False),
        ("smtps://mail.example", 465, False),
    ],
)
def test_urls_are_read(url: str, port: int, loopback: bool) -> None:
    """Each scheme has its port, and loopback is known by name and address."""
    relay_of = read_url(url)
    assert (relay_of.port, relay_of.loopback) == (port, loopback)


def test_a_token_instead_of_a_password() -> None:
    """A relay that takes XOAUTH2 is given a fresh token at each connect; a refused one is permanent, as a password is."""
    hello = b"250-relay\r\n250 AUTH XOAUTH2\r\n"
    with relay(b"220 hi\r\n", hello, b"235 ok\r\n", b"250 ok\r\n", b"221 bye\r\n") as url:
        SmtpChannel(url.replace("//", "//desk@"), lambda: "token", timeout=2.0).check()
    with relay(b"220 hi\r\n", hello, b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n", b"535 refused\r\n", b"221 bye\r\n") as url:
        error = failure(url.replace("//", "//desk@"), password=lambda: "token")
    assert verdict(error) == "permanent"


def test_a_token_that_cannot_be_had() -> None:
    """Where no token can be had just now the letter waits for another try."""

    def none() -> str:
        raise ChannelError("no token")

    with relay(b"220 hi\r\n", b"250-relay\r\n250 AUTH XOAUTH2\r\n", b"221 bye\r\n") as url:
        assert verdict(failure(url.replace("//", "//desk@"), password=none)) == "again"
