"""Mail in files, read through the same port as a mailbox."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.domain.errors import MailboxError
from worker.domain.mail import Direction
from worker.mailboxes.archive import open_archive

FIRST = b"Subject: one\n\nHello\n"
SECOND = b"Subject: two\n\nbody\n\nFrom here on it is quoted.\n"


def everything(path: Path) -> list[tuple[str, int, bytes]]:
    """Folder, number and bytes of each mail."""
    with open_archive(path) as reader:
        return [(f, m.uid, m.raw) for f in reader.folders() for m in reader.fetch(f, reader.uids(f))]


def mbox(path: Path, newline: bytes = b"\n") -> Path:
    """An mbox of two mails, its From line inside a body quoted."""
    text = (
        b"From a@client.example Wed Mar  4 10:00:00 2026\n" + FIRST + b"\n"
        b"From - no date here\n" + SECOND.replace(b"\nFrom here", b"\n>From here") + b"\n"
    )
    path.write_bytes(text.replace(b"\n", newline))
    return path


def test_an_mbox_is_divided_at_its_from_lines(tmp_path: Path) -> None:
    """Mails are cut at From lines after a blank line, quoted From lines are restored, the envelope gives the stamp."""
    path = mbox(tmp_path / "box")
    assert everything(path) == [("INBOX", 1, FIRST + b"\n"), ("INBOX", 2, SECOND + b"\n")]
    with open_archive(path) as reader:
        stamps = [mail.internal_date for mail in reader.fetch("INBOX", [1, 2])]
    assert stamps == [datetime(2026, 3, 4, 10, tzinfo=UTC), None]


def test_an_mbox_with_crlf_is_divided_too(tmp_path: Path) -> None:
    """Line ends of the other kind divide the same."""
    assert len(everything(mbox(tmp_path / "box", b"\r\n"))) == 2


def test_an_impossible_envelope_date_is_no_date(tmp_path: Path) -> None:
    """A date that is none is left out, the mail is read."""
    path = tmp_path / "box"
    path.write_bytes(b"From a Wed Feb 31 10:00:00 2026\n" + FIRST)
    with open_archive(path) as reader:
        assert [mail.internal_date for mail in reader.fetch("INBOX", [1])] == [None]


def test_a_maildir_has_its_folders_and_stamps(tmp_path: Path) -> None:
    """``cur`` and ``new`` are the inbox, ``.Sent`` beside them is outgoing; file names tell when and keep the order."""
    for folder, name, text in [
        ("cur", "1772586000.M1.host:2,S", FIRST),
        ("new", "1772580000.M1.host", SECOND),
        ("new", ".hidden", b""),
        (".Sent/cur", "plain", FIRST),
    ]:
        file = tmp_path / folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    for folder in ("new", "tmp", ".Sent/new", ".notes"):
        (tmp_path / folder).mkdir(exist_ok=True)
    assert everything(tmp_path) == [("INBOX", 1, SECOND), ("INBOX", 2, FIRST), ("Sent", 1, FIRST)]
    with open_archive(tmp_path) as reader:
        [inbox] = reader.fetch("INBOX", [2])
        [sent] = reader.fetch("Sent", [1])
    assert (inbox.internal_date, inbox.direction) == (datetime.fromtimestamp(1772586000, UTC), None)
    assert (sent.internal_date, sent.direction, sent.key) == (None, Direction.OUT, "plain")


def test_eml_files_and_folders_of_them(tmp_path: Path) -> None:
    """One file is one mail; a folder's files are read by name, those below it too; an empty .eml is an empty mail, an empty mbox none."""
    (tmp_path / "below").mkdir()
    (tmp_path / "b.eml").write_bytes(SECOND)
    (tmp_path / "below" / "a.eml").write_bytes(FIRST)
    (tmp_path / "note.txt").write_bytes(b"no mail")
    assert [raw for _, _, raw in everything(tmp_path)] == [SECOND, FIRST]
    assert everything(tmp_path / "b.eml") == [("INBOX", 1, SECOND)]
    (tmp_path / "empty.eml").write_bytes(b"")
    assert everything(tmp_path / "empty.eml") == [("INBOX", 1, b"")]
    (tmp_path / "empty").write_bytes(b"")
    assert everything(tmp_path / "empty") == []


def test_numbers_are_counted_from_one(tmp_path: Path) -> None:
    """Status, numbers from a first one on, and numbers that there are not."""
    with open_archive(mbox(tmp_path / "box")) as reader:
        status = reader.status("INBOX")
        assert (status.uidvalidity, status.uidnext, status.count) == (1, 3, 2)
        assert list(reader.uids("INBOX", 2)) == [2]
        assert list(reader.fetch("INBOX", [0, 3])) == []


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """The archive's bytes and times are the same afterwards."""
    path = mbox(tmp_path / "box")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    everything(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing path, a folder without mail, a missing folder of an archive and a vanished file are one sentence each."""
    with pytest.raises(MailboxError, match="missing could not be read: No such file"):
        open_archive(tmp_path / "missing")
    with pytest.raises(MailboxError, match="is no Maildir and holds no .eml"):
        open_archive(tmp_path)
    file = tmp_path / "a.eml"
    file.write_bytes(FIRST)
    with open_archive(file) as reader:
        with pytest.raises(MailboxError, match="has no folder 'Sent'; it has INBOX"):
            reader.status("Sent")
        file.unlink()
        with pytest.raises(MailboxError, match="could not be read"):
            list(reader.fetch("INBOX", [1]))
