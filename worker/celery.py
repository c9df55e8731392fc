"""The queue's application: the same code on ``memory://`` in one process and on Redis across machines."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "worker.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402

_BROKER = settings.MAMORI.store.broker

app = Celery("mamori", include=["worker.tasks"])
app.conf.update(
    broker_url="memory://localhost/" if _BROKER == "memory" else _BROKER,
    # At the default of a second, 500 tasks in memory take half a minute.
    broker_transport_options={"polling_interval": 0.01} if _BROKER == "memory" else {"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    # A lost message is found again by the next sweep, so nothing needs a late acknowledgement that can loop.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    timezone="UTC",
    enable_utc=True,
)
