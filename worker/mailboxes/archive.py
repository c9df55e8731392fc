"""Mail that lies in files: an mbox, a Maildir, one ``.eml`` or a folder of them. Reading never changes them."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from worker.domain.errors import MailboxError
from worker.domain.mail import Direction
from worker.domain.ports import Fetched, FolderStatus, MailReader

_FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n")
_ENVELOPE_DATE = re.compile(rb"([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_SENT = re.compile(r"(?:^|[./])(?:sent|sent items|sent messages|送信済み.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one mail lies: a file, or a stretch of it. ``stamp`` is when it was delivered, where the place tells."""

    file: Path
    start: int = 0
    end: int | None = None
    stamp: datetime | None = None

    def read(self) -> bytes:
        """The bytes of the mail, an mbox's quoting of From lines undone."""
        try:
            with self.file.open("rb") as stream:
                stream.seek(self.start)
                raw = stream.read() if self.end is None else stream.read(self.end - self.start)
        except OSError as error:
            raise MailboxError(f"{self.file} could not be read: {error}.", kind="folder") from error
        return raw if self.end is None else _QUOTED_FROM.sub(rb"\1", raw)


class Archive:
    """Files as a MailReader: folders of mails numbered from 1 in their order. MailboxError where one cannot be read."""

    def __init__(self, path: Path, places: Mapping[str, Sequence[_Place]]) -> None:
        self._path = path
        self._places = places

    def __enter__(self) -> MailReader:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def folders(self) -> Sequence[str]:
        """The folders, the inbox first."""
        return list(self._places)

    def status(self, folder: str) -> FolderStatus:
        """An archive is numbered anew each time it is opened: UIDVALIDITY is 1."""
        count = len(self._in(folder))
        return FolderStatus(1, count + 1, count)

    def uids(self, folder: str, first: int = 1) -> Sequence[int]:
        """The numbers of the folder's mails from ``first`` on."""
        return range(max(first, 1), len(self._in(folder)) + 1)

    def fetch(self, folder: str, uids: Sequence[int]) -> Iterator[Fetched]:
        """The mails of those numbers; a number that there is not is left out."""
        places = self._in(folder)
        direction = Direction.OUT if _SENT.search(folder) else None
        for uid in uids:
            if 1 <= uid <= len(places):
                place = places[uid - 1]
                raw = place.read()
                key = "" if place.end is not None else place.file.name
                yield Fetched(uid, raw, len(raw), place.stamp, True, direction, key)

    def _in(self, folder: str) -> Sequence[_Place]:
        if folder not in self._places:
            raise MailboxError(
                f"{self._path} has no folder {folder!r}; it has {', '.join(self._places)}.", kind="folder"
            )
        return self._places[folder]


def open_archive(path: Path) -> MailReader:
    """The archive at ``path``: a Maildir, a folder of ``.eml`` (also below it), an ``.eml``, or an mbox.

    MailboxError where there is nothing, or nothing that is mail.
    """
    try:
        return Archive(path, _folders_of(path))
    except OSError as error:
        raise MailboxError(f"{path} could not be read: {error.strerror or error}.", kind="folder") from error


def _folders_of(path: Path) -> dict[str, list[_Place]]:
    if path.is_dir():
        return _maildir(path) if _is_maildir(path) else {"INBOX": _eml_files(path)}
    with path.open("rb") as stream:
        is_mbox = stream.read(5) == b"From "
    if is_mbox:
        return {"INBOX": list(_mbox(path))}
    return {"INBOX": [_Place(path)] if path.stat().st_size or path.suffix == ".eml" else []}


def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _maildir(path: Path) -> dict[str, list[_Place]]:
    """The Maildir's own mails as INBOX and those of its ``.Folder`` neighbours; a file name starts with its time."""
    below = [folder for folder in sorted(path.glob(".*")) if folder.is_dir() and _is_maildir(folder)]
    named = {"INBOX": path, **{folder.name[1:]: folder for folder in below}}
    return {name: _delivered(folder) for name, folder in named.items()}


def _delivered(folder: Path) -> list[_Place]:
    files = [file for part in ("cur", "new") for file in (folder / part).iterdir() if not file.name.startswith(".")]
    return [_Place(file, stamp=_maildir_stamp(file.name)) for file in sorted(files, key=lambda file: file.name)]


def _maildir_stamp(name: str) -> datetime | None:
    seconds = name.partition(".")[0]
    return datetime.fromtimestamp(int(seconds), UTC) if re.fullmatch(r"\d{9,10}", seconds) else None


def _eml_files(path: Path) -> list[_Place]:
    files = [_Place(file) for file in sorted(path.rglob("*.eml"))]
    if not files:
        raise MailboxError(f"{path} is no Maildir and holds no .eml file; name a folder that does.", kind="folder")
    return files


def _mbox(path: Path) -> Iterator[_Place]:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        marks = [(mark.start(), mark.end(), _envelope_stamp(mark.group())) for mark in _FROM_LINE.finditer(text)]
        ends = [start for start, _, _ in marks[1:]] + [len(text)]
    for (_, start, stamp), end in zip(marks, ends, strict=True):
        yield _Place(path, start, end, stamp)


def _envelope_stamp(line: bytes) -> datetime | None:
    """The time of delivery in an mbox's From line, which is in UTC by custom (RFC 4155)."""
    found = _ENVELOPE_DATE.search(line)
    if not found:
        return None
    try:
        return datetime.strptime(found.group().decode("ascii"), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
