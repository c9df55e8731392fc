"""``mamori evaluate``: a labelled corpus scanned and compared with its labels, in figures only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from worker import wiring
from worker.cli.options import Config
from worker.domain.errors import MailboxError
from worker.rulepacks.measures import Case, language_of, measure
from worker.rulepacks.report import report
from worker.wiring import Assessed

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_LABELS = ("flag", "categories", "severity")


class Output(StrEnum):
    """How the figures are printed."""

    TABLE = "table"
    JSON = "json"


@app.command()
def evaluate(
    corpus: Annotated[Path, typer.Argument(help="A labelled corpus, JSON Lines.")],
    output: Annotated[Output, typer.Option("--format", help="A table for people, json for programs.")] = Output.TABLE,
    config: Config = None,
) -> None:
    """Print precision, recall and F1 of flag and categories, evidence and severity. Never a text, never an id."""
    settings = wiring.settings_or_none(config)
    cases = [_case(one, corpus) for one in wiring.scan_corpus(corpus, settings)]
    figures = measure(cases)
    if output is Output.JSON:
        typer.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        for line in _lines(figures):
            typer.echo(line)


def _case(one: Assessed, corpus: Path) -> Case:
    missing = [key for key in _LABELS if key not in one.labels]
    if missing:
        raise MailboxError(f"{corpus}: case {one.id} has no {missing[0]}; evaluate needs labels.", kind="folder")
    predicted = report(one.id, one.thread, one.assessment, numbered=True)
    return Case(predicted, one.labels, language_of(message.parsed.text for message in one.thread.messages))


def _lines(figures: Mapping[str, Any]) -> Iterator[str]:
    yield f"{figures['cases']} cases"
    yield _rates("flag", figures["flag"])
    yield f"{'false alarms':24}{figures['false_alarm_rate']:7.3f} of innocent threads"
    for share, precision in figures["precision_at_prevalence"].items():
        yield f"  precision at {float(share):.1%}  {precision:11.3f}"
    yield from (f"  {kind:22}{row['flagged']:4} of {row['cases']} flagged" for kind, row in figures["kinds"].items())
    yield _rates("categories, micro", figures["categories"]["micro"])
    yield f"{'categories, macro F1':24}{figures['categories']['macro_f1']:25.3f}"
    yield from (_rates(f"  {name}", row) for name, row in figures["categories"]["each"].items())
    yield f"{'evidence':24}{figures['evidence']['precision']:9.3f}{figures['evidence']['recall']:9.3f}"
    severity = figures["severity"]
    yield (
        f"{'severity':24} exact {severity['exact']:.3f}, within one {severity['within_one']:.3f}, "
        f"critical at least high {severity['critical_at_least_high']:.3f}"
    )
    yield from (_rates(f"  {language}", row) for language, row in figures["languages"].items())


def _rates(name: str, row: Mapping[str, float]) -> str:
    counts = f"({row['right']} right, {row['wrong']} wrong, {row['missed']} missed)"
    return f"{name:24} P {row['precision']:.3f}  R {row['recall']:.3f}  F1 {row['f1']:.3f}  {counts}"
