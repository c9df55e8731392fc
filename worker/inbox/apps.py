"""The Django application of this room."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """Its name."""

    name = "worker.inbox"
