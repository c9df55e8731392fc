"""``mamori up`` and its parts ``web``, ``worker``, ``beat``, ``watch``; ``poll`` and ``purge`` by hand."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from worker.cli.boot import boot, boot_with_rows, run_tasks_inline
from worker.cli.options import Config, PortOption
from worker.domain.errors import UsageError

HostOption = Annotated[str, typer.Option(help="Address to listen on.")]
ConcurrencyOption = Annotated[int, typer.Option(help="Tasks at once.", min=1)]
MIGRATION_WAIT_SECONDS = 120


def up(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8025,
    concurrency: ConcurrencyOption = 2,
    config: Config = None,
) -> None:
    """Run everything in one process: web, worker, schedule and watching."""
    settings = boot_with_rows(config)
    from worker.ops import processes

    typer.echo(f"The desk is at {settings.desk.url} (listening on {host}:{port}). Ctrl-C ends it.", err=True)
    processes.run(
        lambda: processes.serve(host, port),
        lambda: processes.work(concurrency),
        processes.beat,
        processes.watch_all,
    )


def web(host: HostOption = "127.0.0.1", port: PortOption = 8025, config: Config = None) -> None:
    """Run the desk's pages; brings the database to this version's shape first."""
    boot_with_rows(config)
    from worker.ops import processes

    processes.run(lambda: processes.serve(host, port))


def worker(concurrency: ConcurrencyOption = 2, config: Config = None) -> None:
    """Run tasks from the broker."""
    _boot_with_broker(config)
    from worker.ops import processes

    processes.run_worker(concurrency)


def beat(config: Config = None) -> None:
    """Run the schedule: one process of this kind, not more."""
    _boot_with_broker(config)
    from worker.ops import processes

    processes.run(processes.beat)


def watch(config: Config = None) -> None:
    """Hold IDLE on each mailbox, so that new mail is seen at once; polling goes on without it."""
    _boot_with_broker(config)
    from worker.ops import processes

    processes.run(processes.watch_all)


def poll(
    mailbox: Annotated[str | None, typer.Option(help="Only this mailbox.")] = None,
    config: Config = None,
) -> None:
    """Poll now, by the same tasks as the schedule, and say what came of it."""
    settings = boot_with_rows(config)
    run_tasks_inline()
    from worker.ops import rounds

    names = [settings.named_mailbox(mailbox).name] if mailbox else [box.name for box in settings.mailbox]
    if not names:
        raise UsageError(f"{settings.path}: there is no [[mailbox]] to poll; add one.")
    outcomes = [rounds.poll_with_progress(name) for name in names]
    for outcome in outcomes:
        typer.echo(outcome.sentence)
    raise typer.Exit(0 if all(outcome.done for outcome in outcomes) else 1)


def purge(config: Config = None) -> None:
    """Remove what is due by the retention settings, and say how much."""
    boot_with_rows(config)
    from worker.tasks import purge as purge_now

    result = purge_now()
    typer.echo(", ".join(f"{name}: {count}" for name, count in result.items()))


def _boot_with_broker(config: str | None) -> None:
    settings = boot(config)
    if settings.store.broker == "memory":
        raise UsageError(
            f'{settings.path}: [store] broker = "memory" works inside one process only; '
            "run 'mamori up', or name a Redis server: broker = \"redis://host:6379/0\"."
        )
    _wait_for_migrations()


def _wait_for_migrations() -> None:
    """Another part may be migrating just now (web does); wait for it, up to two minutes."""
    from django.core.management import call_command

    for _ in range(MIGRATION_WAIT_SECONDS):
        try:
            call_command("migrate", "--check", verbosity=0)
        except SystemExit:
            time.sleep(1)
        else:
            return
    raise UsageError("The database is not at this version's shape; start 'mamori web' or 'mamori up' once.")
