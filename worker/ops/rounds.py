"""A round by hand, with a progress bar: the same tasks, run here and now."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from worker import tasks
from worker.domain.errors import MamoriError
from worker.inbox.models import Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round came to, in a sentence without a word of any mail."""

    done: bool
    sentence: str


def poll_with_progress(name: str) -> Outcome:
    """Poll mailbox ``name`` to the end, the bar on stderr; the error's own sentence where it could not be."""
    before = Message.objects.count()
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(name, total=None)
        try:
            ranges = tasks.plan_round(name)
            progress.update(bar, total=sum(len(work.uids) for work in ranges))
            for work in ranges:
                tasks.store_range(name, work)
                progress.advance(bar, len(work.uids))
            tasks.wake(tasks.read_due)  # with what an earlier round fetched and nobody has read yet
            tasks.review_mailbox(name)
        except MamoriError as error:
            return Outcome(False, f"{name}: {error}")
    return Outcome(True, f"{name}: {Message.objects.count() - before} new mails")
