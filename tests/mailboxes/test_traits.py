"""Kinds of servers are told apart by what they say of themselves."""

from __future__ import annotations

import pytest

from tests.support.scripted_imap import ScriptedImap, scripted_imap
from worker.domain.ports import Profile
from worker.mailboxes.imap import ImapReader
from worker.mailboxes.traits import traits


@pytest.mark.parametrize(
    ("host", "greeting", "capabilities", "told", "profile"),
    [
        ("imap.gmail.com", "Gimap ready", ["IMAP4rev1"], {}, Profile.GMAIL),
        ("imap.client.example", "ready", ["IMAP4rev1", "X-GM-EXT-1"], {}, Profile.GMAIL),
        ("outlook.office365.com", "The Microsoft Exchange IMAP4 service is ready.", [], {}, Profile.EXCHANGE),
        ("mail.client.example", "The Microsoft Exchange IMAP4 service is ready.", [], {}, Profile.EXCHANGE),
        ("imap.mail.me.com", "ready", [], {}, Profile.ICLOUD),
        ("mail.client.example", "[CAPABILITY IMAP4rev1] Dovecot ready.", [], {}, Profile.DOVECOT),
        ("mail.client.example", "ready", ["ID"], {"name": "Dovecot"}, Profile.DOVECOT),
        ("notgmail.com.client.example", "ready", [], {}, Profile.GENERIC),
    ],
)
def test_profile(host: str, greeting: str, capabilities: list[str], told: dict[str, str], profile: Profile) -> None:
    """Host, greeting, capabilities and the answer to ID each may tell."""
    assert traits(host, greeting, capabilities, told).profile is profile


def _listing(server: ScriptedImap, arguments: str) -> list[bytes]:
    return [
        b'* LIST (\\HasNoChildren) "/" "INBOX"',
        b'* LIST (\\HasNoChildren \\All) "/" "[Gmail]/&MFkweTBmMG4w4TD8MOs-"',
        b'* LIST (\\HasNoChildren \\Sent) "/" "[Gmail]/Sent"',
    ]


def test_gmail_is_not_read_twice() -> None:
    """On Gmail, All Mail beside INBOX is left out and named; by itself it is read."""
    everything = "[Gmail]/すべてのメール"
    with scripted_imap(capabilities="IMAP4rev1 X-GM-EXT-1", moods={"LIST": _listing}) as server:
        with ImapReader(server.url, "secret", ("INBOX", everything), ("[Gmail]/Sent",)) as reader:
            assert reader.folders() == ("INBOX", "[Gmail]/Sent")
            assert reader.doubles() == [everything]
        with ImapReader(server.url, "secret", (everything,)) as reader:
            assert (reader.folders(), reader.doubles()) == ((everything,), ())


def test_traits_are_asked_without_telling_anything() -> None:
    """The server is asked who it is; of ourselves nothing is said."""
    identity = [b'* ID ("name" "Dovecot" "version" NIL)']
    moods = {"ID": lambda server, arguments: identity}
    with scripted_imap(capabilities="IMAP4rev1 ID", moods=moods) as server:
        with ImapReader(server.url, "secret") as reader:
            assert reader.traits() == reader.traits()
            assert (reader.traits().profile, reader.traits().capabilities) == (Profile.DOVECOT, ("ID", "IMAP4REV1"))
        assert [line for line in server.log if line.startswith("ID")] == ["ID NIL"]


def test_a_server_that_tells_nothing_of_itself() -> None:
    """An answer NIL to ID is an answer."""
    moods = {"ID": lambda server, arguments: [b"* ID NIL"]}
    with scripted_imap(capabilities="IMAP4rev1 ID", moods=moods) as server, ImapReader(server.url, "secret") as reader:
        assert reader.traits().profile is Profile.GENERIC
