"""``mamori org``: the client directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.boot import boot_with_rows
from worker.cli.options import Config
from worker.domain.errors import UsageError

app = typer.Typer(help="The directory of organisations.", no_args_is_help=True)


@app.command("import")
def import_file(
    file: Path,
    preview: Annotated[bool, typer.Option("--preview", help="Say what would change, change nothing.")] = False,
    config: Config = None,
) -> None:
    """Read organisations from a CSV file: all rows, or none and each wrong row named."""
    boot_with_rows(config)
    from worker.directory import services

    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} could not be read: {error.strerror}.") from error
    try:
        result = services.import_organisations(content, preview=preview)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error
    for line in result.errors:
        typer.echo(f"{file}: {line}", err=True)
    if result.errors:
        raise typer.Exit(1)
    typer.echo(f"{result.added} added, {result.changed} changed, {result.unchanged} as they were")


@app.command("list")
def list_organisations(config: Config = None) -> None:
    """Every organisation with its domains."""
    boot_with_rows(config)
    from worker.directory.models import Organisation

    for organisation in Organisation.objects.prefetch_related("domains").order_by("name"):
        typer.echo(f"{organisation.name}\t{', '.join(domain.domain for domain in organisation.domains.all())}")
