"""``mamori show``: how mails are read, one JSON object a mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from worker import wiring
from worker.domain.errors import MailboxError
from worker.parsing import describe, read_mail

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def show(files: Annotated[list[Path], typer.Argument(help="An .eml, a folder of them, an mbox or a Maildir.")]) -> None:
    """Print each mail as it is read: text, own words, quotes, signature, addresses, attachments."""
    for file in files:
        for name, raw in _mails(file):
            typer.echo(json.dumps(describe(name, read_mail(raw)), ensure_ascii=False))


def _mails(file: Path) -> Iterator[tuple[str, bytes]]:
    """The mails of a file or archive, with the name each is shown by; whatever a file holds is taken for mail."""
    if not file.exists():
        raise MailboxError(f"{file} does not exist.", kind="folder")
    with wiring.open_source(str(file), str) as reader:
        for folder in reader.folders():
            for fetched in reader.fetch(folder, reader.uids(folder)):
                yield _name(file, folder, fetched.key, fetched.uid), fetched.raw


def _name(file: Path, folder: str, key: str, uid: int) -> str:
    if file.is_file():
        return str(file) if key else f"{file}#{uid}"
    return str(file / key) if folder == "INBOX" else f"{file}/{folder}/{key}"
