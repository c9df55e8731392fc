"""``mamori init``: asks a few questions, writes ``mamori.toml``, makes the first account."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from worker import config
from worker.cli.boot import boot_with_rows, relative
from worker.domain.errors import UsageError

Answer = Annotated[str, typer.Option(prompt=True)]


def init(
    name: Annotated[str, typer.Option(prompt="Name of the desk, as it stands in letters")],
    address: Annotated[str, typer.Option(prompt="Its mail address")],
    mailbox: Annotated[str, typer.Option(prompt="Mailbox (imaps://user@host)")],
    smtp: Annotated[str, typer.Option(prompt="Relay for letters (smtp+starttls://user@host:587, empty: later)")] = "",
    policy: Annotated[str, typer.Option(prompt="Policy (upshare, skyarch, heartbeats, or a path)")] = "upshare",
    username: Annotated[str, typer.Option(prompt="First account, who administers and decides")] = "admin",
    config_file: Annotated[str | None, typer.Option("--config", help="File to write; else ./mamori.toml.")] = None,
) -> None:
    """Write a first mamori.toml and make the first account. Writes nothing unless every answer is usable."""
    path = config.find(config_file)
    if path.exists():
        raise UsageError(f"{relative(path)} exists already; edit it, or name another file with --config.")
    text = settings_text(name, address, mailbox, smtp, policy)
    settings = _checked(text, path)
    with _all_or_nothing(path, settings.data):
        _write(path, text)
        _first_account(path, username)
    needed = "MAMORI_MAILBOX_PASSWORD" + (" and MAMORI_SMTP_PASSWORD" if smtp else "")
    typer.echo(f"Wrote {relative(path)}. Export {needed}, then: mamori doctor, mamori up.")


def settings_text(name: str, address: str, mailbox: str, smtp: str, policy: str) -> str:
    """The text of a first settings file from the answers."""
    domain = address.rpartition("@")[2]
    lines = [
        "[desk]",
        f"name = {_quoted(name)}",
        f"addresses = [{_quoted(address)}]",
        f"own_domains = [{_quoted(domain)}]",
        f"policy = {_quoted(policy)}",
        'calendar = { spans = [{ days = "Mon-Fri", from = "09:00", to = "18:00" }], holidays = "JP" }',
        "",
        "[[mailbox]]",
        'name = "support"',
        f"url = {_quoted(mailbox)}",
        'password_env = "MAMORI_MAILBOX_PASSWORD"',
        'folders = ["INBOX"]',
        'sent = ["Sent"]',
    ]
    if smtp:
        sender = f"{name} <{address}>"
        lines += ["", "[smtp]", f"url = {_quoted(smtp)}", f"sender = {_quoted(sender)}"]
        lines += ['password_env = "MAMORI_SMTP_PASSWORD"']
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _checked(text: str, path: Path) -> config.Settings:
    from worker import wiring

    settings = config.parse(tomllib.loads(text), text, path)
    wiring.policy(settings)
    for box in settings.mailbox:
        wiring.check_mailbox_url(box)
    return settings


@contextmanager
def _all_or_nothing(path: Path, data: Path) -> Iterator[None]:
    """Whatever ends the work early, the settings file and a data folder that was not there before go again."""
    known = data.exists()
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        if not known:
            shutil.rmtree(data, ignore_errors=True)
        raise


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name another file with --config.") from error


def _first_account(path: Path, username: str) -> None:
    boot_with_rows(str(path))
    from worker import wiring_state
    from worker.directory import services
    from worker.directory.models import Role

    wiring_state.check_relay_url()
    services.check_username(username)
    password = typer.prompt(f"Password for {username}", hide_input=True, confirmation_prompt=True)
    services.create_user(username, password, username, [Role.ADMINISTRATOR, Role.MANAGER], "ja")
