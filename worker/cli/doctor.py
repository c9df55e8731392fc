"""``mamori doctor``: what is in order, what is not, and the way out."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli.boot import boot
from worker.cli.options import Config

MARKS = {"ok": "ok  ", "warn": "note", "fail": "FAIL"}


def doctor(
    alive: Annotated[
        bool, typer.Option("--alive", help="Only: has a sweep finished in the last five minutes?")
    ] = False,
    config: Config = None,
) -> None:
    """Check settings, database, broker, rules, people, each mailbox and the relay; exit 1 where one fails."""
    settings = boot(config)
    from worker.ops import doctor as checks

    failed = False
    for check in [checks.alive()] if alive else checks.examine(settings):
        typer.echo(f"{MARKS[check.state]}  {check.name}: {check.sentence}")
        failed = failed or check.state is checks.State.FAIL
    raise typer.Exit(1 if failed else 0)
