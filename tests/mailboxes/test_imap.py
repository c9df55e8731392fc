from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest
from imapclient import IMAPClient

from tests.support.servers import Dovecot
from worker.domain.errors import MailboxError
from worker.domain.mail import Direction
from worker.mailboxes import imap
from worker.mailboxes.imap import ImapReader

pytestmark = pytest.mark.live("dovecot", "openssl")
_NUMBERS = count()


def mail(number: int, body: str = "本文") -> bytes:
    """A small mail whose Message-ID bears its number."""
    head = f"Message-ID: <{number}@client.example>\r\nSubject: mail {number}\r\nFrom: a@client.example\r\n\r\n"
    return head.encode() + body.encode() + b"\r\n"


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """A fresh account."""
    name = f"reader{next(_NUMBERS)}"
    dovecot.add_user(name)
    return name


@pytest.fixture
def append(dovecot: Dovecot, user: str) -> Callable[..., None]:
    """Put mails into a folder of the account, as another client would."""

    def put(*mails: bytes, folder: str = "INBOX") -> None:
        with IMAPClient("127.0.0.1", dovecot.port, ssl=False) as client:
            client.login(user, "secret")
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for raw in mails:
                client.append(folder, raw, msg_time=datetime(2026, 3, 4, 13, 31, tzinfo=UTC))

    return put


@pytest.fixture
def reader(dovecot: Dovecot, user: str) -> ImapReader:
    """A reader for the account, not yet connected."""
    return ImapReader(dovecot.url(user), "secret", ("INBOX",), ("Sent",))


def test_new_mail_is_fetched_whole(reader: ImapReader, append: Callable[..., None]) -> None:
    """Mails come with their exact bytes, size and the server's stamp, from the UID asked for on."""
    append(mail(1), mail(2), mail(3))
    with reader:
        status = reader.status("INBOX")
        uids = reader.uids("INBOX", 2)
        fetched = list(reader.fetch("INBOX", uids))
    assert (status.count, status.uidnext) == (3, 4)
    assert status.uidvalidity
    assert [found.raw for found in fetched] == [mail(2), mail(3)]
    assert fetched[0].internal_date == datetime(2026, 3, 4, 13, 31, tzinfo=UTC)
    assert fetched[0].size == len(mail(2))
    assert fetched[0].direction is None


def test_reading_leaves_no_trace(reader: ImapReader, append: Callable[..., None], dovecot: Dovecot, user: str) -> None:
    """After reading, no mail is marked as seen and nothing has moved."""
    append(mail(1), mail(2))
    with reader:
        assert len(list(reader.fetch("INBOX", reader.uids("INBOX")))) == 2
    with IMAPClient("127.0.0.1", dovecot.port, ssl=False) as client:
        client.login(user, "secret")
        client.select_folder("INBOX", readonly=True)
        assert client.search("UNSEEN") == [1, 2]
        assert not any(b"\\Seen" in flags for flags in client.get_flags([1, 2]).values())


def test_mail_in_a_sent_folder_is_ours(reader: ImapReader, append: Callable[..., None]) -> None:
    """What lies in a Sent folder is marked as having gone out."""
    append(mail(1), folder="Sent")
    with reader:
        assert list(reader.folders()) == ["INBOX", "Sent"]
        assert [found.direction for found in reader.fetch("Sent", [1])] == [Direction.OUT]


def test_mail_that_has_gone_is_left_out(reader: ImapReader, append: Callable[..., None]) -> None:
    """A UID expunged between listing and fetching is skipped; the others come."""
    append(mail(1), mail(3))
    with reader:
        assert [found.uid for found in reader.fetch("INBOX", [1, 2, 9])] == [1, 2]


def test_windows_cover_every_uid(
    reader: ImapReader, append: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking in small windows finds the same UIDs as asking at once."""
    monkeypatch.setattr(imap, "SEARCH_WINDOW", 2)
    append(*(mail(number) for number in range(1, 8)))
    with reader:
        assert list(reader.uids("INBOX")) == [1, 2, 3, 4, 5, 6, 7]
        assert list(reader.uids("INBOX", 8)) == []


def test_batches_are_bounded_by_bytes(
    reader: ImapReader, append: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch ends before it grows over its bytes; every mail still comes once, in order."""
    monkeypatch.setattr(imap, "BATCH_BYTES", 3000)
    monkeypatch.setattr(imap, "BATCH_MAILS", 3)
    append(*(mail(number, "x" * 1400) for number in range(1, 8)))
    with reader:
        assert [found.uid for found in reader.fetch("INBOX", range(1, 8))] == [1, 2, 3, 4, 5, 6, 7]


def test_a_giant_mail_comes_as_headers_and_beginning(
    reader: ImapReader, append: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the limit only headers and the first part of the text are fetched, and it is said to be incomplete."""
    monkeypatch.setattr(imap, "WHOLE_BYTES", 5000)
    monkeypatch.setattr(imap, "CUT_BYTES", 1000)
    append(mail(1, "y" * 20000), mail(2))
    with reader:
        giant, small = reader.fetch("INBOX", [1, 2])
    assert (giant.complete, small.complete) == (False, True)
    assert giant.size == len(mail(1, "y" * 20000))
    assert giant.raw.startswith(b"Message-ID: <1@client.example>")
    assert giant.raw.endswith(b"\r\n\r\n" + b"y" * 1000)


def test_a_copy_is_kept_and_found_again(reader: ImapReader, append: Callable[..., None]) -> None:
    """A letter's copy appended to Sent is found by its Message-ID, and only there."""
    append(mail(1), folder="Sent")
    with reader:
        assert not reader.holds(["Sent"], "<77@sample.example>")
        reader.keep("Sent", b"Message-ID: <77@sample.example>\r\nSubject: x\r\n\r\nx\r\n")
        assert reader.holds(["INBOX", "Sent"], "<77@sample.example>")


def test_idle_hears_new_mail(reader: ImapReader, append: Callable[..., None]) -> None:
    """Waiting ends when mail arrives, and ends quietly when none does."""
    append(mail(1))
    with reader:
        assert reader.can_idle()
        assert not reader.wait("INBOX", 0.2)
        timer = threading.Timer(0.3, append, args=[mail(2)])
        timer.start()
        assert reader.wait("INBOX", 20)
        timer.join()


def test_tls_with_the_sites_authority(dovecot: Dovecot, user: str, append: Callable[..., None]) -> None:
    """imaps:// and imap+starttls:// trust the authority in ca_file."""
    append(mail(1))
    for url in (dovecot.url(user, tls=True), dovecot.url(user).replace("imap://", "imap+starttls://")):
        with ImapReader(url.replace("127.0.0.1", "localhost"), "secret", ca_file=dovecot.ca_file) as reader:
            assert reader.status("INBOX").count == 1


def test_wrong_settings_are_told_apart(dovecot: Dovecot, user: str) -> None:
    """Password, certificate, ca_file, port and folder faults each have their kind and their advice."""
    plain, tls = dovecot.url(user), dovecot.url(user, tls=True)
    nowhere = plain.rsplit(":", 1)[0] + ":1"
    cases = [
        (ImapReader(plain, "wrong"), "password"),
        (ImapReader(tls, "secret"), "tls"),
        (ImapReader(tls, "secret", ca_file=dovecot.folder / "none.pem"), "tls"),
        (ImapReader(nowhere, "secret"), "network"),
    ]
    for wrong, kind in cases:
        with pytest.raises(MailboxError) as caught, wrong:
            pass
        assert caught.value.kind == kind
    with ImapReader(plain, "secret") as reader, pytest.raises(MailboxError, match=r"'Nowhere'.*mamori\.toml") as caught:
        reader.status("Nowhere")
    assert caught.value.kind == "folder"


def test_a_closed_reader_says_so(dovecot: Dovecot, user: str) -> None:
    """Using a reader outside its with-block is told as a fault, not as an attribute error."""
    with pytest.raises(MailboxError, match="not open"):
        ImapReader(dovecot.url(user), "secret").status("INBOX")
