"""The Django application of this room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Its name."""

    name = "worker.notices"
