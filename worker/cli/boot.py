"""Waking Django for the commands that need rows."""

from __future__ import annotations

import os
from pathlib import Path

from worker import config
from worker.domain.errors import ConfigError


def boot(config_file: str | None = None) -> config.Settings:
    """Read the settings and set Django up with them. Raises ConfigError before anything is touched.

    What Django itself says comes in English, as everything on the command line.
    """
    path = config.find(config_file)
    settings = config.load(path)
    os.environ[config.ENVIRONMENT] = str(path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "worker.settings")
    import django

    try:
        django.setup()
    except OSError as error:
        sentence = f"{path}: store.data: {settings.data} cannot be written to: {error.strerror}; name another folder."
        raise ConfigError(sentence) from error
    from django.utils import translation

    translation.activate("en")
    return settings


def boot_with_rows(config_file: str | None = None) -> config.Settings:
    """As :func:`boot`, with the database at this version's shape."""
    settings = boot(config_file)
    migrate()
    return settings


def migrate() -> None:
    """Bring the database to this version's shape."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def run_tasks_inline() -> None:
    """Let every task run here and now instead of through the queue; the code is the same."""
    from worker.celery import app

    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = True


def run_tasks_queued() -> None:
    """Let tasks go through the queue again."""
    from worker.celery import app

    app.conf.task_always_eager = False


def relative(path: Path) -> str:
    """``path`` as short as it can be said from the working folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
