"""``mamori mailbox``: signing in to mailboxes that take no password."""

from __future__ import annotations

import typer

from worker import config as settings_file
from worker import wiring
from worker.cli.options import Config
from worker.domain.errors import UsageError

app = typer.Typer(help="Mailboxes that are signed in to without a password.", no_args_is_help=True)


@app.callback()
def mailboxes() -> None:
    """Mailboxes that are signed in to without a password."""


@app.command()
def login(name: str, config: Config = None) -> None:
    """Sign in to the mailbox NAME with Microsoft or Google; the sign-in is kept, encrypted, in the data folder."""
    settings = settings_file.load(settings_file.find(config))
    box = settings.named_mailbox(name)
    if box.oauth is None:
        raise UsageError(f"mailbox {name!r} has no oauth = {{ … }}; it is signed in to with its password.")
    wiring.access(box, settings).login(lambda text: typer.echo(text, err=True))
    with wiring.imap_reader(box, settings) as reader:
        counts = ", ".join(f"{folder} {reader.status(folder).count}" for folder in reader.folders())
    typer.echo(f"{name}: signed in; reads {counts}.")
