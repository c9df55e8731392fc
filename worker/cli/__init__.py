"""The ``mamori`` command: each command is one file here, loaded when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup

from worker.domain.errors import MamoriError, UsageError

COMMANDS = (
    *("demo", "init", "doctor", "up", "web", "worker", "beat", "watch", "poll"),
    *("scan", "show", "evaluate", "rules"),
    *("evidence", "purge", "user", "org"),
)


class LazyCommands(TyperGroup):
    """Commands by name, their files imported when asked for, so that ``scan`` never loads what the desk needs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands there are, in the order of the manual."""
        return [name for name in COMMANDS if find_spec(f"{__name__}.{name}")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = typer.main.get_command(import_module(f"{__name__}.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyCommands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)


@app.callback()
def mamori() -> None:
    """Mamori: an inbox worker that protects support staff from customer harassment."""


def main() -> None:
    """Run the command line; a fault is one sentence on stderr and exit 1, wrong use exit 2."""
    sys.exit(run(lambda: app(standalone_mode=True)))


def run(action: Callable[[], object]) -> int:
    """``action`` with faults told in one sentence: the exit code."""
    try:
        action()
    except UsageError as error:
        typer.echo(str(error), err=True)
        return 2
    except MamoriError as error:
        typer.echo(str(error), err=True)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
