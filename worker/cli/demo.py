"""``mamori demo``: everything in one process on nothing but Python, with a sample inbox."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.boot import boot, migrate, run_tasks_inline, run_tasks_queued
from worker.cli.options import PortOption
from worker.domain.errors import UsageError

GUESTS = ("sato", "miura", "kanri")


def demo(
    exit_after: Annotated[bool, typer.Option("--exit", help="Stop after the table.")] = False,
    port: PortOption = 8025,
    folder: Annotated[Path | None, typer.Option(help="Keep the demo's files here; else they go with it.")] = None,
) -> None:
    """Poll a sample inbox for real, show what is flagged, and open the desk. Nothing leaves this machine."""
    from worker.demo.stage import fill_directory, mail_servers

    with ExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mamori-demo-")))
        _make(home)
        settings = boot(str(stack.enter_context(mail_servers(home, port))))
        migrate()
        fill_directory()
        _poll()
        _show_cases()
        if not exit_after:
            _open_desk(settings.desk.url, port)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--folder: {folder} cannot be made: {error.strerror}; name another.") from error


def _poll() -> None:
    run_tasks_inline()
    from worker.ops import rounds

    outcome = rounds.poll_with_progress("support")
    typer.echo(outcome.sentence, err=True)
    if not outcome.done:
        raise typer.Exit(1)
    run_tasks_queued()


def _show_cases() -> None:
    from rich.console import Console

    from worker.demo.table import flagged_threads

    console = Console()
    # Without a terminal there is no width to keep to; nothing is cut off then.
    console.width = console.width if console.is_terminal else 160
    console.print(flagged_threads())


def _open_desk(url: str, port: int) -> None:
    from worker.desk.links import sign_in_path
    from worker.directory.models import User
    from worker.ops import processes

    typer.echo("\nThe desk is open. Each link signs in once, within half an hour:")
    for user in User.objects.filter(username__in=GUESTS).order_by("pk"):
        roles = ", ".join(sorted(grant.role for grant in user.grants.all()))
        typer.echo(f"  {user.shown_name} ({roles}): {url}{sign_in_path(user)}")
    typer.echo("Letters are caught here and shown in the desk. Ctrl-C ends the demo.", err=True)
    processes.run(
        lambda: processes.serve("127.0.0.1", port),
        lambda: processes.work(2),
        processes.beat,
    )
