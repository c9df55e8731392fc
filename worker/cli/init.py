"""``mamori init``: asks a few questions, writes ``mamori.toml``, makes the first account."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from worker import config
from worker.cli.boot import boot, migrate, relative
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
    _check(text, path)
    password = typer.prompt(f"Password for {username}", hide_input=True, confirmation_prompt=True)
    path.write_text(text, encoding="utf-8")
    try:
        _first_account(path, username, password)
    except Exception:
        path.unlink()
        raise
    typer.echo(f"Wrote {relative(path)}. Export MAMORI_MAILBOX_PASSWORD, then: mamori doctor, mamori up.")


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


def _check(text: str, path: Path) -> None:
    from worker import wiring

    settings = config.parse(tomllib.loads(text), text, path)
    wiring.policy(settings)
    for box in settings.mailbox:
        wiring.check_mailbox_url(box)


def _first_account(path: Path, username: str, password: str) -> None:
    boot(str(path))
    migrate()
    from worker.directory import services
    from worker.directory.models import Role

    services.create_user(username, password, username, [Role.ADMINISTRATOR, Role.MANAGER], "ja")
