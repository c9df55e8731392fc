"""``mamori learn``: fit the learned part again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.options import Config
from worker.domain.errors import UsageError
from worker.rulepacks.learning import learn, lines_of, write_model
from worker.rulepacks.loader import MODEL, load_packs
from worker.wiring import labelled_threads, rule_folders, settings_or_none

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("learn")
def learn_command(
    output: Annotated[Path | None, typer.Option("-o", help="The file to write; else the last rules folder's.")] = None,
    config: Config = None,
) -> None:
    """Fit the learned part on the rules' examples and on rules/corpus; the same texts give the same bytes."""
    settings = settings_or_none(config)
    folders = rule_folders(settings)
    pack = load_packs(folders, learned=False)
    lines, threads = lines_of(pack, folders), labelled_threads(folders, settings)
    file = output or folders[-1] / MODEL
    try:
        write_model(learn(pack, lines, threads), file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}; name another file by -o.") from error
    harassing = sum(line.category is not None for line in lines)
    typer.echo(
        f"{file}: {harassing} harassing and {len(lines) - harassing} innocent lines, {len(threads)} threads.", err=True
    )
