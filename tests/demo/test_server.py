"""The demo's own servers, spoken to by the clients that the product uses."""

from __future__ import annotations

import smtplib
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from worker.channels.smtp import SmtpChannel
from worker.demo.sample import SampleMail, sample_mails
from worker.demo.server import DemoMailbox, caught_letters, demo_mailbox, demo_relay
from worker.domain.mail import Direction
from worker.domain.ports import OutgoingLetter
from worker.mailboxes.imap import ImapReader

USER = "support@sample.example"
RAW = (
    b"From: a@client.example\r\nTo: support@sample.example\r\nSubject: x\r\nMessage-ID: <1@x.example>\r\n\r\nhello\r\n"
)
MAIL = SampleMail("INBOX", RAW, datetime(2026, 11, 3, 7, 40, tzinfo=UTC))


def signed_in(box: DemoMailbox) -> IMAPClient:
    """A client signed in to the demo mailbox."""
    client = IMAPClient(box.host, port=box.port, ssl=False, timeout=10)
    client.login(box.user, box.password)
    return client


def test_imapclient_reads_every_sample_mail_as_written() -> None:
    """All mails are there in their folders, byte for byte, with their day's stamp; peeking leaves them unread."""
    mails = sample_mails()
    with demo_mailbox(mails, USER) as box, signed_in(box) as client:
        client.normalise_times = False
        for folder in ("INBOX", "Sent"):
            client.select_folder(folder, readonly=True)
            held = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "INTERNALDATE", "RFC822.SIZE", "FLAGS"])
            told = [(mail.raw, mail.internal_date) for mail in mails if mail.folder == folder]
            assert [(item[b"BODY[]"], item[b"INTERNALDATE"]) for item in held.values()] == told
            assert [item[b"RFC822.SIZE"] for item in held.values()] == [len(raw) for raw, _ in told]
            assert {b"\\Seen" in item[b"FLAGS"] for item in held.values()} == {folder == "Sent"}


def test_a_new_mail_can_be_appended_and_is_seen_by_the_next_look() -> None:
    """APPEND gives the new UID, and UIDs go on rising."""
    with demo_mailbox([MAIL], USER) as box, signed_in(box) as client:
        client.select_folder("INBOX")
        before = client.search("ALL")
        client.append("INBOX", RAW.replace(b"<1@", b"<2@"), msg_time=datetime(2026, 11, 4, tzinfo=UTC))
        client.noop()
        after = client.search("ALL")
        assert (len(before), len(after)) == (1, 2)
        assert max(after) > max(before)


def test_idle_wakes_when_mail_arrives() -> None:
    """One connection waits in IDLE while another appends."""
    with demo_mailbox([MAIL], USER) as box, signed_in(box) as waiting:
        waiting.select_folder("INBOX")
        waiting.idle()
        arriving = threading.Thread(target=_append, args=(box,))
        arriving.start()
        told = waiting.idle_check(timeout=10)
        arriving.join()
        waiting.idle_done()
        assert (2, b"EXISTS") in told


def _append(box: DemoMailbox) -> None:
    with signed_in(box) as client:
        client.append("INBOX", RAW)


def test_the_mailbox_has_a_password() -> None:
    """Another password is refused."""
    with demo_mailbox([MAIL], USER) as box, IMAPClient(box.host, port=box.port, ssl=False, timeout=10) as client:
        with pytest.raises(LoginError):
            client.login(USER, "wrong")
        assert box.url == f"imap://support%40sample.example@127.0.0.1:{box.port}"


def test_the_mailbox_stops_while_clients_are_connected() -> None:
    """Leaving ends idle connections too, and the next mailbox starts afresh."""
    with demo_mailbox([MAIL], USER) as box:
        client = signed_in(box)
        client.select_folder("INBOX")
        client.idle()
    client.shutdown()
    with demo_mailbox([], USER) as box, signed_in(box) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 0


def test_a_server_that_cannot_start_says_why() -> None:
    """The error of the server's thread is raised where it was started."""
    with pytest.raises(AttributeError), demo_mailbox([None], USER):  # type: ignore[list-item]
        pytest.fail("it started")


def test_the_relay_keeps_every_letter_as_a_file(tmp_path: Path) -> None:
    """Letters lie in the folder in the order of their arrival, with the envelope's recipients on top."""
    folder = tmp_path / "caught"
    with demo_relay(folder) as relay:
        for number in (1, 2):
            with smtplib.SMTP(relay.host, relay.port, timeout=10) as client:
                client.sendmail(USER, ["ogawa@client.example"], RAW.replace(b"x\r\n", b"x%d\r\n" % number, 1))
        letters = relay.letters()
        assert [path.name for path in letters] == ["0001.eml", "0002.eml"]
        assert relay.url == f"smtp://127.0.0.1:{relay.port}"
    kept = caught_letters(folder)[0].read_bytes()
    assert kept.startswith(b"X-Demo-Envelope-To: ogawa@client.example\r\n")
    assert kept.endswith(b"\r\n\r\nhello\r\n")
    assert caught_letters(tmp_path / "nowhere") == []


def test_the_products_own_reader_reads_it_and_keeps_copies_there() -> None:
    """What the poll uses finds the same mails, our answers as sent, and a letter's copy in Sent afterwards."""
    mails = sample_mails()
    with demo_mailbox(mails, USER) as box, ImapReader(box.url, box.password, ["INBOX"], ["Sent"]) as reader:
        for folder in reader.folders():
            held = list(reader.fetch(folder, reader.uids(folder)))
            told = [mail for mail in mails if mail.folder == folder]
            assert [item.raw for item in held] == [mail.raw for mail in told]
            assert [item.internal_date for item in held] == [mail.internal_date for mail in told]
            assert {item.direction for item in held} == {Direction.OUT if folder == "Sent" else None}
        reader.keep("Sent", RAW)
        assert reader.holds(["Sent"], "<1@x.example>")


def test_the_products_own_channel_hands_letters_to_the_relay(tmp_path: Path) -> None:
    """A letter sent as the outbox sends it is kept, its bytes behind the envelope's header."""
    with demo_relay(tmp_path) as relay:
        sent = SmtpChannel(relay.url).send(OutgoingLetter("<1@x.example>", USER, ("ogawa@client.example",), RAW))
    assert sent.accepted == ("ogawa@client.example",)
    assert caught_letters(tmp_path)[0].read_bytes().endswith(RAW)
