"""Waking Django for the commands that need rows."""

from __future__ import annotations

import os
from pathlib import Path

from worker import config


def boot(config_file: str | None = None) -> config.Settings:
    """Read the settings and set Django up with them. Raises ConfigError before anything is touched."""
    path = config.find(config_file)
    settings = config.load(path)
    os.environ[config.ENVIRONMENT] = str(path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "worker.settings")
    import django

    django.setup()
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
