"""``mamori rules``: the rule maker's bench."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from worker.cli.options import Config, Format
from worker.detectors import DETECTORS
from worker.domain.errors import UsageError
from worker.domain.rules import Rule
from worker.rulepacks import Judge, RulePack, coverage, lint, load_policy, policy_names, try_examples
from worker.rulepacks.coverage import formatted
from worker.rulepacks.explain import explain
from worker.wiring import packs_of, rule_folders, settings_or_none, site_folder

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
    rules = _named(pack, only)
    failures = list(try_examples(pack, Judge(pack), only))
    for failure in failures:
        typer.echo(str(failure))
    tried = sum(len(pack.examples[rule.id]) for rule in rules)
    typer.echo(f"{_counted(tried, 'example')}: {_counted(len(failures), 'failure')}.", err=True)
    raise typer.Exit(1 if failures else 0)


@app.command("list")
def list_command(only: Only = "", config: Config = None) -> None:
    """The rules: id, status, strength, role, and why they matter."""
    for rule in _named(packs_of(settings_or_none(config)), only):
        typer.echo(f"{rule.id}\t{rule.status}\t{rule.strength}\t{rule.role}\t{rule.why}")


def _named(pack: RulePack, only: str) -> list[Rule]:
    """The rules whose id starts with ``only``; UsageError where there is none such."""
    rules = [rule for rule in pack.rules if rule.id.startswith(only)]
    if not rules:
        raise UsageError(f"No rule's id starts with {only!r}; 'mamori rules list' shows all.")
    return rules


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


@app.command("coverage")
def coverage_command(
    policy: Annotated[list[str] | None, typer.Option(help="A policy's name or path; else all there are.")] = None,
    output: Annotated[Format, typer.Option("--format", help="A table for people, jsonl for programs.")] = Format.TABLE,
    config: Config = None,
) -> None:
    """Each clause of the policies with the rules, detectors, forms, pages and letters that serve it."""
    settings = settings_or_none(config)
    pack, site = packs_of(settings), site_folder(settings)
    for name in policy or policy_names(site):
        for row in coverage(load_policy(name, site), pack.rules, DETECTORS):
            typer.echo(json.dumps(formatted(row), ensure_ascii=False) if output is Format.JSONL else _clause(row))


def _clause(row: Mapping[str, Any]) -> str:
    """A clause in a line: what it is, what serves it (rules counted by folder), and what is still to come."""
    served = ", ".join(_gathered(row["served_by"])) or "nothing yet"
    to_come = f"; to come: {row['to_come']}" if row["to_come"] else ""
    status = f" ({row['status']})" if row["status"] else ""
    return f"{row['clause']}\t{row['kind']}{status}\t{row['title']}\t{served}{to_come}"


def _gathered(references: Sequence[str]) -> list[str]:
    """The references with the rules of a folder as one: ``rules:threat (12)``."""
    folders = Counter(each.removeprefix("rule:").partition(".")[0] for each in references if each.startswith("rule:"))
    rest = [each for each in references if not each.startswith("rule:")]
    return [*(f"rules:{folder} ({number})" for folder, number in folders.items()), *rest]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
