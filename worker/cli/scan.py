"""``mamori scan``: assess an archive, a mailbox or a corpus, keeping nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker import wiring
from worker.cli.options import Config, Format
from worker.config import Settings
from worker.rulepacks.report import report
from worker.wiring import Assessed

app = typer.Typer(add_completion=False, rich_markup_mode=None)
EVERY = 500
SHOWN_WORDS = 60
TABLE_WIDTH = 160


@app.command()
def scan(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="imap(s)://user@host/FOLDER, an mbox, a Maildir, an .eml or a folder of them, or a corpus .jsonl.",
        ),
    ],
    output: Annotated[Format, typer.Option("--format", help="A table for people, jsonl for programs.")] = Format.TABLE,
    everything: Annotated[bool, typer.Option("--all", help="Show unflagged threads too.")] = False,
    policy: Annotated[str, typer.Option(help="A policy's name or path; else the case's or the desk's.")] = "",
    own: Annotated[list[str] | None, typer.Option(help="An address that is ours; may be given several times.")] = None,
    config: Config = None,
) -> None:
    """Assess every thread of the sources. Stateless: nothing is stored, nothing is changed."""
    settings = wiring.settings_or_none(config)
    tally = Tally()
    try:
        assessed = (one for source in sources for one in _assess(source, settings, policy, own or [], tally))
        _print(tally.counted(assessed), output, everything)
    except KeyboardInterrupt:
        typer.echo(f"Stopped: {tally}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{tally}.", err=True)


class Tally:
    """What was seen so far, for progress and for whoever stops the scan."""

    def __init__(self) -> None:
        self.mails = self.threads = self.flagged = 0

    def __str__(self) -> str:
        return f"{self.mails} mails read, {self.threads} threads assessed, {self.flagged} flagged"

    def read(self, mails: int) -> None:
        """Note how many mails of a source were read, and say so now and then."""
        self.mails += 1
        if mails % EVERY == 0 and sys.stderr.isatty():
            typer.echo(f"\r{self.mails} mails read", err=True, nl=False)

    def counted(self, assessed: Iterable[Assessed]) -> Iterator[Assessed]:
        """Pass threads on, counting them."""
        for one in assessed:
            self.threads += 1
            self.flagged += one.assessment.flag
            yield one


def _assess(source: str, settings: Settings | None, policy: str, own: list[str], tally: Tally) -> Iterator[Assessed]:
    if wiring.is_corpus(source):
        for one in wiring.scan_corpus(Path(source), settings, policy):
            tally.mails += len(one.thread.messages)
            yield one
    else:
        judge = wiring.judge(settings, policy)
        reader = wiring.open_source(source, lambda question: str(typer.prompt(question, hide_input=True, err=True)))
        yield from wiring.assess_messages(wiring.read_source(reader, settings, own, tally.read), judge, settings)


def _print(assessed: Iterable[Assessed], output: Format, everything: bool) -> None:
    if output is Format.JSONL:
        for one in assessed:
            if everything or one.assessment.flag or one.numbered:
                typer.echo(json.dumps(report(one.id, one.thread, one.assessment, one.numbered), ensure_ascii=False))
    else:
        table = _table()
        try:
            for one in assessed:
                if everything or one.assessment.flag:
                    table.add_row(*_row(one))
        finally:  # what was found before a fault or Ctrl-C is shown all the same
            if table.rows:
                console = Console()
                console.width = max(console.width, TABLE_WIDTH) if not console.is_terminal else console.width
                console.print(table)


def _table() -> Table:
    table = Table(show_lines=False)
    for name in ("severity", "score", "counterpart", "subject", "categories", "words", "clause"):
        table.add_column(name, overflow="fold")
    return table


def _row(one: Assessed) -> tuple[Text, ...]:
    """Plain text only: what a mail says must not be read as markup."""
    assessment = one.assessment
    first = assessment.evidence[0] if assessment.evidence else None
    words = (first.finding.text or first.finding.fact) if first else ""
    cells = (
        assessment.severity or "-",
        f"{assessment.score:.2f}",
        one.thread.counterpart.address,
        _short(one.thread.subject),
        ", ".join(assessment.categories),
        _short(words),
        f"{first.clause or '-'}{' (residual)' if first.residual else ''}" if first else "-",
    )
    return tuple(Text(cell) for cell in cells)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= SHOWN_WORDS else line[: SHOWN_WORDS - 1] + "…"
