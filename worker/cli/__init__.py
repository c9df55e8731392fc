"""The ``mamori`` command: its commands' files are loaded when they are called, and only then."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from worker.domain.errors import MamoriError, UsageError

# Where each command is, in the order of the manual: a Typer app in a file here, or a function.
COMMANDS = {
    "demo": "demo:demo",
    "init": "init:init",
    "doctor": "doctor:doctor",
    "up": "running:up",
    "web": "running:web",
    "worker": "running:worker",
    "beat": "running:beat",
    "watch": "running:watch",
    "poll": "running:poll",
    "scan": "scan:app",
    "show": "show:app",
    "evaluate": "evaluate:app",
    "rules": "rules:app",
    "learn": "learn:app",
    "purge": "running:purge",
    "user": "user:app",
    "org": "org:app",
    "mailbox": "mailbox:app",
}


class LazyCommands(TyperGroup):
    """Commands by name, their files imported when asked for, so that ``scan`` never loads what the desk needs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands there are, in the order of the manual."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"{__name__}.{module}"), attribute)
        command = typer.main.get_command(found if isinstance(found, typer.Typer) else _alone(found))
        command.name = cmd_name
        return command


def _alone(function: Callable[..., None]) -> typer.Typer:
    """A command made of one function."""
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command()(function)
    return single


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
    except Exception as error:
        if not _is_of_database(error):
            raise
        reason = str(error).partition("\n")[0].rstrip(".")
        typer.echo(
            f"The database could not be used: {reason}; see [store] in mamori.toml, or 'mamori doctor'.", err=True
        )
        return 1
    return 0


def _is_of_database(error: Exception) -> bool:
    """Whether Django's database raised it; commands without a database never load Django."""
    utils = sys.modules.get("django.db.utils")
    return utils is not None and isinstance(error, utils.DatabaseError)
