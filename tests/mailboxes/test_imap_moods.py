from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.scripted_imap import HangUp, ScriptedImap, Silence, scripted_imap
from worker.domain.errors import MailboxError
from worker.mailboxes.imap import ImapReader

MAILS = {uid: f"Message-ID: <{uid}@x.example>\r\n\r\nbody {uid}\r\n".encode() for uid in (1, 2, 3, 5, 8)}


def reader_of(server: ScriptedImap, seconds: float = 5.0) -> ImapReader:
    """A reader of the scripted server that waits ``seconds`` for an answer."""
    return ImapReader(server.url, "secret", read_seconds=seconds)


def say(*lines: bytes) -> Callable[[ScriptedImap, str], list[bytes]]:
    """A mood that always gives the same answer."""
    return lambda server, arguments: list(lines)


def fall(error: type[Exception]) -> Callable[[ScriptedImap, str], list[bytes]]:
    """A mood that hangs up or goes silent."""

    def mood(server: ScriptedImap, arguments: str) -> list[bytes]:
        raise error

    return mood


def read_all(reader: ImapReader) -> list[int]:
    """Connect, list and fetch everything; the UIDs that came."""
    with reader:
        reader.status("INBOX")
        return [mail.uid for mail in reader.fetch("INBOX", reader.uids("INBOX"))]


def test_the_scripted_server_serves_plainly() -> None:
    """Without moods the scripted server is read like any other."""
    with scripted_imap(mails=dict(MAILS)) as server:
        assert read_all(reader_of(server)) == [1, 2, 3, 5, 8]
        assert not any("BODY[" in line and "PEEK" not in line for line in server.log)
        assert not any(line.startswith(("SELECT", "STORE", "COPY", "MOVE", "EXPUNGE")) for line in server.log)


@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "SEARCH", "FETCH"])
def test_a_server_that_stops_answering_is_left(command: str) -> None:
    """Silence in any command ends after the read limit with a network fault, never with a hang."""
    with scripted_imap(mails=dict(MAILS), moods={command: fall(Silence)}) as server:
        with pytest.raises(MailboxError) as caught:
            read_all(reader_of(server, seconds=0.3))
        assert caught.value.kind == "network"


@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "SEARCH", "FETCH"])
def test_a_server_that_hangs_up_is_told(command: str) -> None:
    """A connection that breaks in any command is a fault of its own kind, with the place named."""
    with scripted_imap(mails=dict(MAILS), moods={command: fall(HangUp)}) as server:
        with pytest.raises(MailboxError, match=f"127.0.0.1:{server.port}") as caught:
            read_all(reader_of(server))
        assert caught.value.kind == "network"


def test_a_short_answer_is_a_fault() -> None:
    """Mails left out of an answer though they still lie there raise, so that no marker moves over them."""

    def three_of_five(server: ScriptedImap, arguments: str) -> list[bytes]:
        chosen, _, items = arguments.partition(" ")
        return [server.fetched(uid, items) for uid in server.chosen(chosen)[:3]]

    moods = {"FETCH": three_of_five}
    with scripted_imap(mails=dict(MAILS), moods=moods) as server, pytest.raises(MailboxError, match="left out 2 of 5"):
        read_all(reader_of(server))


def test_mail_expunged_between_list_and_fetch_is_skipped() -> None:
    """A mail that vanishes between the two commands is left out; the others come."""

    def list_then_lose(server: ScriptedImap, arguments: str) -> list[bytes]:
        lines = server._search(arguments)
        server.mails.pop(3, None)
        return lines

    with scripted_imap(mails=dict(MAILS), moods={"SEARCH": list_then_lose}) as server:
        assert read_all(reader_of(server)) == [1, 2, 5, 8]


@pytest.mark.parametrize("value", [None, 0])
def test_an_unreadable_uidvalidity_is_no_value(value: int | None) -> None:
    """A missing or zero UIDVALIDITY is reported as unknown, not as a new value."""
    with scripted_imap(mails=dict(MAILS), uidvalidity=value) as server, reader_of(server) as reader:
        assert reader.status("INBOX").uidvalidity is None


def test_a_server_without_uidnext_is_read_to_its_last_mail() -> None:
    """Where UIDNEXT is not said, it is one after the last mail's UID; an empty folder starts at 1."""
    with scripted_imap(mails=dict(MAILS), uidnext=False) as server:
        with reader_of(server) as reader:
            assert reader.status("INBOX").uidnext == 9
        assert read_all(reader_of(server)) == [1, 2, 3, 5, 8]
    with scripted_imap(uidnext=False) as server, reader_of(server) as reader:
        assert reader.status("INBOX").uidnext == 1


def test_throttling_keeps_the_stated_wait() -> None:
    """A server's back-off text becomes a throttled fault with its wait in seconds."""
    refusal = b"NO [THROTTLED] Request is throttled. Suggested Backoff Time: 42000 milliseconds"
    with scripted_imap(mails=dict(MAILS), moods={"FETCH": say(refusal)}) as server:
        with pytest.raises(MailboxError) as caught:
            read_all(reader_of(server))
        assert (caught.value.kind, caught.value.retry_after) == ("throttled", 42.0)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (b"NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", "password"),
        (b"NO User is authenticated but not connected.", "disabled"),
        (b"BAD User is authenticated but not connected.", "disabled"),
    ],
)
def test_login_faults_are_told_apart(refusal: bytes, kind: str) -> None:
    """A wrong password is not a switched-off mailbox."""
    with scripted_imap(moods={"LOGIN": say(refusal)}) as server:
        with pytest.raises(MailboxError) as caught:
            read_all(reader_of(server))
        assert caught.value.kind == kind


def test_rubbish_is_a_fault() -> None:
    """A server that talks nonsense is told as a fault of the protocol, not as a crash."""
    with scripted_imap(mails=dict(MAILS), moods={"SEARCH": say(b"* SEARCH one two")}) as server:
        with pytest.raises(MailboxError) as caught:
            read_all(reader_of(server))
        assert caught.value.kind == "protocol"
