"""``mamori user``: the people who sign in to the desk."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.boot import boot_with_rows
from worker.cli.options import Config
from worker.domain.errors import UsageError

if TYPE_CHECKING:  # Django's models load only after boot
    from worker.directory.models import User


class Language(StrEnum):
    """What the desk's pages can be read in."""

    JA = "ja"
    EN = "en"


app = typer.Typer(help="People of the desk and their roles.", no_args_is_help=True)


@app.command()
def add(
    username: str,
    name: Annotated[str, typer.Option(help="The name that others see.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="A role; may be given several times.")] = None,
    language: Annotated[Language, typer.Option(help="Of the desk's pages.")] = Language.JA,
    config: Config = None,
) -> None:
    """Add somebody; the password is asked for, never taken from the command line."""
    boot_with_rows(config)
    from worker.directory import services

    roles = _roles(role or [])
    services.check_username(username)
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    services.create_user(username, password, name or username, roles, language.value)
    typer.echo(f"{username}: {', '.join(roles) or 'no role yet'}")


@app.command("list")
def list_people(config: Config = None) -> None:
    """Everybody, with the roles held today."""
    boot_with_rows(config)
    from worker.directory.models import User
    from worker.directory.queries import roles_of
    from worker.wiring_state import today

    for user in User.objects.order_by("username"):
        roles = ", ".join(sorted(roles_of(user, today()))) or "no role"
        typer.echo(f"{user.username}\t{user.shown_name}\t{roles}{'' if user.is_active else ' (disabled)'}")


@app.command()
def grant(username: str, role: str, config: Config = None) -> None:
    """Give somebody a role from today on."""
    boot_with_rows(config)
    from worker.directory import services
    from worker.wiring_state import today

    services.grant(_user(username), _roles([role])[0], today(), None)
    typer.echo(f"{username}: {role} from today on")


@app.command()
def password(username: str, config: Config = None) -> None:
    """Set a new password."""
    boot_with_rows(config)
    from worker.directory import services

    user = _user(username)
    services.set_password(user, typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    typer.echo(f"{username}: the password is changed; sessions that were open have ended")


@app.command()
def disable(username: str, config: Config = None) -> None:
    """Let somebody sign in no more; what they did stays on record."""
    boot_with_rows(config)
    from worker.directory import services

    services.disable(_user(username))
    typer.echo(f"{username}: disabled")


def _user(username: str) -> User:
    from worker.directory.models import User

    user = User.objects.filter(username=username).first()
    if user is None:
        raise UsageError(f"There is nobody called {username!r}; 'mamori user list' shows everybody.")
    return user


def _roles(names: list[str]) -> list[str]:
    from worker.directory.models import Role

    for name in names:
        if name not in Role.values:
            raise UsageError(f"{name!r} is not a role; roles are {', '.join(Role.values)}.")
    return names
