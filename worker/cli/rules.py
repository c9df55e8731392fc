"""``mamori rules``: the rule maker's bench."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli.options import Config
from worker.rulepacks import Judge, lint, try_examples
from worker.rulepacks.explain import explain
from worker.wiring import packs_of, rule_folders, settings_or_none

app = typer.Typer(no_args_is_help=True, help="Check, try and list the rules; explain what they see in a text.")
Only = Annotated[str, typer.Argument(help="Only rules whose id starts so.")]


@app.command("lint")
def lint_command(config: Config = None) -> None:
    """Name every fault of the rules; exit 1 where there is one."""
    settings = settings_or_none(config)
    pack = packs_of(settings)
    faults = lint(pack, rule_folders(settings))
    for fault in faults:
        typer.echo(fault)
    typer.echo(f"{len(pack.rules)} rules, {len(pack.cues)} context cues: {_counted(len(faults), 'fault')}.", err=True)
    raise typer.Exit(1 if faults else 0)


@app.command("test")
def try_command(only: Only = "", config: Config = None) -> None:
    """Try each rule on its own examples; exit 1 where one does not do as it must."""
    pack = packs_of(settings_or_none(config))
    failures = list(try_examples(pack, Judge(pack), only))
    for failure in failures:
        typer.echo(str(failure))
    tried = sum(len(pack.examples[rule.id]) for rule in pack.rules if rule.id.startswith(only))
    typer.echo(f"{_counted(tried, 'example')}: {_counted(len(failures), 'failure')}.", err=True)
    raise typer.Exit(1 if failures else 0)


@app.command("list")
def list_command(only: Only = "", config: Config = None) -> None:
    """The rules: id, status, strength, role, and why they matter."""
    for rule in packs_of(settings_or_none(config)).rules:
        if rule.id.startswith(only):
            typer.echo(f"{rule.id}\t{rule.status}\t{rule.strength}\t{rule.role}\t{rule.why}")


@app.command("explain")
def explain_command(
    text: Annotated[str, typer.Argument(help="A sentence or a short mail.")],
    before: Annotated[str, typer.Option(help="What our desk wrote before it.")] = "",
    outgoing: Annotated[bool, typer.Option("--outgoing", help="The text is our own people's.")] = False,
    config: Config = None,
) -> None:
    """Show how a text is folded, what is found in it, what lowers it and how it weighs."""
    for line in explain(Judge(packs_of(settings_or_none(config))), text, before, outgoing):
        typer.echo(line)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
