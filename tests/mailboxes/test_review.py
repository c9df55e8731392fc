"""The one connection that writes: copies and a keyword, on a real Dovecot, and on a server that allows no keyword."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from imapclient import IMAPClient

from tests.support.scripted_imap import ScriptedImap, scripted_imap
from tests.support.servers import Dovecot
from worker.domain.ports import Shelf
from worker.mailboxes.imap import ImapReader
from worker.mailboxes.review import KEYWORD, ImapReview

_users = count(1)
LETTER = b"From: a@client.example\r\nMessage-ID: <1@client.example>\r\nSubject: x\r\n\r\nx\r\n"


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """An account with three mails."""
    name = f"review{next(_users)}"
    dovecot.add_user(name)
    with IMAPClient("127.0.0.1", dovecot.port, ssl=False) as client:
        client.login(name, "secret")
        for _ in range(3):
            client.append("INBOX", LETTER)
    return name


@pytest.fixture
def client(dovecot: Dovecot, user: str) -> Iterator[IMAPClient]:
    """Somebody's own mail client."""
    with IMAPClient("127.0.0.1", dovecot.port, ssl=False) as opened:
        opened.login(user, "secret")
        yield opened


def validity(reader: ImapReader) -> int:
    """The INBOX's UIDVALIDITY."""
    found = reader.status("INBOX").uidvalidity
    assert found is not None
    return found


def test_copies_leave_the_mail_where_and_as_it_is(dovecot: Dovecot, user: str, client: IMAPClient) -> None:
    """Copies appear in 要確認, unread; the originals stay, unread; the folders are made once and then watched."""
    with ImapReview(dovecot.url(user), "secret", review=True) as place:
        assert place.shelves() == {}
        place.prepare()
        place.prepare()
        assert place.copy("INBOX", validity(place), [1, 3, 77])
        assert place.folders() == ("INBOX", "要確認", "該当", "非該当")
        assert place.shelves() == {"要確認": Shelf.LOOK, "該当": Shelf.APPLIES, "非該当": Shelf.APPLIES_NOT}
        assert not place.copy("INBOX", validity(place) + 1, [1])
    assert client.select_folder("要確認", readonly=True)[b"EXISTS"] == 2
    client.select_folder("INBOX", readonly=True)
    for uid, item in client.fetch([1, 2, 3], ["FLAGS"]).items():
        assert b"\\Seen" not in item[b"FLAGS"], uid
        assert KEYWORD.encode() not in item[b"FLAGS"], uid


def test_a_keyword_is_all_that_changes(dovecot: Dovecot, user: str, client: IMAPClient) -> None:
    """Where the server takes new keywords the mail is marked, and nothing else about it changes."""
    with ImapReview(dovecot.url(user), "secret") as place:
        assert place.mark("INBOX", validity(place), [2])
        assert not place.mark("INBOX", validity(place) + 1, [1])
    client.select_folder("INBOX", readonly=True)
    flags = {uid: set(item[b"FLAGS"]) - {b"\\Recent"} for uid, item in client.fetch([1, 2, 3], ["FLAGS"]).items()}
    assert flags == {1: set(), 2: {KEYWORD.encode()}, 3: set()}


@pytest.mark.parametrize("line", [b"* OK [PERMANENTFLAGS (\\Seen \\Deleted)] no more", b"* FLAGS (\\Seen)"])
def test_a_server_without_new_keywords_is_left_as_it_is(line: bytes) -> None:
    """Without `\\*` in PERMANENTFLAGS (Exchange) nothing is stored."""

    def select(server: ScriptedImap, arguments: str) -> list[bytes]:
        return [b"* 1 EXISTS", line, b"* OK [UIDVALIDITY 1] ok"]

    with scripted_imap(mails={1: LETTER}, moods={"SELECT": select}) as server:
        with ImapReview(server.url, "secret") as place:
            assert not place.mark("INBOX", 1, [1])
        assert not any(said.startswith(("STORE", "UID STORE")) for said in server.log)


def test_folders_are_named_as_the_server_s_namespace_wants() -> None:
    """With a prefix for personal folders, the review folders have it too."""
    moods = {"NAMESPACE": lambda server, arguments: [b'* NAMESPACE (("INBOX." ".")) NIL NIL']}
    with (
        scripted_imap(capabilities="IMAP4rev1 NAMESPACE", moods=moods) as server,
        ImapReader(server.url, "secret", review=True) as reader,
    ):
        assert list(reader.shelf_names()) == ["INBOX.要確認", "INBOX.該当", "INBOX.非該当"]
